/**
 * What a lane wants kept of a machine whose kernel is dead or hung, before the machine ends: its memory (`dump`) and the machine as it stands
 * (`freeze`). Whatever goes wrong with it, the verdict stays what it is, and the machine ends in time.
 */
import { messageOf } from "../base/errors.js";
import { formatBytes, formatDuration } from "../base/units.js";
import { withSystemErrors } from "../host/disk-errors.js";
import { startFairTimer } from "../host/fair-timer.js";
import type { DumpProgress } from "../machine/machine.js";
import { dumpBytes, dumpMachine } from "./dump-machine.js";
import type { LaneHappening } from "./events.js";
import { FROZEN_FOLDER } from "./frozen/description.js";
import { freezeGuest, frozenBytes, type Freezing } from "./frozen/freeze.js";
import { sceneSymbols } from "./scene-symbols.js";
import type { DumpScene, FreezeScene, SceneRecord } from "./scene.js";

/** What the work may take: on a busy host a dump takes some 10 s for each GiB. */
const LIMIT_MS = 120_000;
const LIMIT_MS_PER_GIB = 60_000;
const TOLD_EVERY_MS = 5_000;

export interface SceneKeeper extends Freezing {
  /** Of the user, who ends the machine with it. */
  readonly signal: AbortSignal;
  readonly emit: (happening: LaneHappening) => void;
}

/** Never rejects but for what `emit` throws. */
export async function keepScenes(keeper: SceneKeeper): Promise<void> {
  const { machine, run, plan, emit, signal } = keeper;
  const { freeze } = run.request;
  const dumps = dumpsMachine(keeper);
  if (!freeze && !dumps) return;
  await machine.pause?.().catch(() => undefined);
  if (dumps) {
    emit({ kind: "keeping", what: "dump", doneBytes: 0, ofBytes: dumpBytes(plan) });
    emit({ kind: "scene", scene: await keepDump(keeper) });
  }
  if (freeze && !signal.aborted) {
    const ofBytes = await frozenBytes(keeper).catch(() => 0);
    emit({ kind: "keeping", what: "freeze", doneBytes: 0, ofBytes });
    emit({ kind: "scene", scene: await keepFrozen(keeper) });
  }
}

/** A guest that dumps to a disk of its own does so before it ends. */
function dumpsMachine({ run, plan }: Pick<Freezing, "run" | "plan">): boolean {
  return run.request.dump && plan.guest === "linux";
}

async function keepDump(keeper: SceneKeeper): Promise<DumpScene> {
  const { machine, plan, run, emit } = keeper;
  const { hypervisorVersion } = run.facts;
  let toldAtMs = performance.now();
  let last: DumpProgress | undefined;
  const tell = (progress: DumpProgress): void => {
    last = progress;
    if (performance.now() - toldAtMs < TOLD_EVERY_MS) return;
    toldAtMs = performance.now();
    emit({
      kind: "keeping",
      what: "dump",
      doneBytes: progress.doneBytes,
      ofBytes: progress.totalBytes,
    });
  };
  const kept = await within<SceneRecord>(
    keeper,
    () => dumpMachine(machine, plan, hypervisorVersion, tell),
    (reason) => ({
      ...{ kind: "dump", guest: plan.guest, bytes: 0, complete: false },
      how: `written by ${hypervisorVersion}`,
      problem: `${cutOff(last)}${reason}`,
    }),
  );
  const symbols = "file" in kept ? await sceneSymbols(keeper.run.request, keeper.plan) : undefined;
  return { ...(kept as DumpScene), ...(symbols === undefined ? {} : { symbols }) };
}

function cutOff(last: DumpProgress | undefined): string {
  if (last === undefined) return "";
  const { doneBytes, totalBytes } = last;
  return `cut off after ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}, and removed: `;
}

function keepFrozen(keeper: SceneKeeper): Promise<FreezeScene> {
  const { guest } = keeper.plan;
  return within<FreezeScene>(
    keeper,
    async () => {
      const bytes = await freezeGuest(keeper);
      return { kind: "freeze", guest, folder: FROZEN_FOLDER, bytes };
    },
    (problem) => ({ kind: "freeze", guest, bytes: 0, problem }),
  );
}

/** Work that does not end in time is cut off with the machine. */
async function within<T>(
  { machine, plan, signal }: SceneKeeper,
  work: () => Promise<T>,
  failed: (problem: string) => T,
): Promise<T> {
  const limitMs = LIMIT_MS + LIMIT_MS_PER_GIB * Math.ceil(plan.machine.memoryMiB / 1024);
  let why: string | undefined;
  const timer = startFairTimer(limitMs, () => {
    why = `it was not through in ${formatDuration(limitMs)}`;
    void machine.stop();
  });
  try {
    return await work();
  } catch (error) {
    // The machine was then ended under the work, whose own words are about that.
    if (signal.aborted) return failed("the run was interrupted");
    return failed(why ?? messageOf(withSystemErrors(error)));
  } finally {
    timer.stop();
  }
}
