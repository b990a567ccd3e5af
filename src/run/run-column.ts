/**
 * One column, from its plan to its record: stage, boot, observe, judge. Whatever happens, its events and its record are
 * written and nothing that it held is left.
 */
import { dirname, join } from "node:path";
import { LaneError, messageOf } from "../base/errors.js";
import { withDiskErrors, withSystemErrors } from "../host/disk-errors.js";
import { writeJsonFile } from "../host/json-file.js";
import { openHold } from "../host/ledger.js";
import { openLog } from "../host/log-file.js";
import { refuseFailedEnd } from "../machine/failed-end.js";
import type { Machine } from "../machine/machine.js";
import { countCrashes } from "./count-crashes.js";
import { openColumnConsole, planConsole } from "./column-console.js";
import { openDumpProgress } from "./dump-progress.js";
import { findDumpScene } from "./dump-scene.js";
import { openEventLog, type EventLog } from "./event-log.js";
import type { LaneEvent, LaneHappening } from "./events.js";
import { openMemory } from "./event-memory.js";
import { pick, readHistory } from "./history.js";
import { observeMachine } from "./observe.js";
import { guestOf, hypervisorOf } from "./host-facts.js";
import type { ColumnPlan, RunPlan } from "./plan.js";
import { transportOf } from "./plan-guest.js";
import { resolveColumn } from "./resolve-column.js";
import { keepScenes } from "./keep-scenes.js";
import { stageInTime } from "./stage-in-time.js";
import { openStepTrail, type StepTrail } from "./step-trail.js";
import { pathFrom, recordColumn, type ColumnRecord } from "./record.js";

/** Who wants to see a run while it goes on. */
export interface RunListener {
  readonly event?: (kernel: string, event: LaneEvent) => void;
  /** A line of the console, as a person would have seen it. */
  readonly line?: (kernel: string, text: string) => void;
  /** The machine runs, and is watched. */
  readonly running?: (kernel: string, running: RunningColumn) => void;
}

/** What a live session needs of its guest. */
export interface RunningColumn {
  readonly machine: Machine;
  /** The agent does not answer any more: the kernel is asked where it is, and the machine is ended. */
  readonly hangs: (silentMs: number) => void;
  readonly emit: (happening: LaneHappening) => void;
}

/** Never rejects for trouble of this column alone: that is in the record, and the other columns go on. */
export async function runColumn(
  run: RunPlan,
  plan: ColumnPlan,
  listener: RunListener,
  signal: AbortSignal,
): Promise<ColumnRecord> {
  const events = openMemory();
  const startedMs = performance.now();
  const isLive = transportOf(run.request.mode) === "live";
  const trail = openStepTrail(isLive);
  let log: EventLog | undefined;
  const emit = (happening: LaneHappening): void => {
    const event = { atMs: Math.round((performance.now() - startedMs) * 10) / 10, ...happening };
    events.keep(event);
    log?.append(event);
    if (happening.kind === "request") trail.begun(happening);
    listener.event?.(plan.kernel, event);
  };
  const line = (text: string): void => listener.line?.(plan.kernel, text);
  try {
    log = openEventLog(plan.eventsLog, { keepsEveryCall: !isLive || run.request.keep });
    const running = (machine: Machine, hangs: RunningColumn["hangs"]): void =>
      listener.running?.(plan.kernel, { machine, hangs, emit });
    await stageAndBoot(run, plan, { emit, line, running, trail }, signal);
  } catch (error) {
    emitFailure(error, signal.aborted && error === signal.reason, emit);
  }
  try {
    log?.[Symbol.dispose]();
    const judged = recordColumn(plan, events.kept);
    const record = await explain(run, plan, judged, events.kept);
    const path = join(plan.folder, record.files.record);
    withDiskErrors(path, () => writeJsonFile(path, record));
    return record;
  } catch (error) {
    emitFailure(error, false, emit);
    return recordColumn(plan, events.kept);
  }
}

/** Gives a column that came to its start source lines, and its place among the crashes of all runs. */
async function explain(
  run: RunPlan,
  plan: ColumnPlan,
  judged: ColumnRecord,
  events: readonly LaneEvent[],
): Promise<ColumnRecord> {
  if (pick(events, "started").length === 0) return judged;
  const seen = readHistory(events);
  return countCrashes(run, plan, await resolveColumn(run, plan, judged, seen), seen);
}

/** The trouble may be the very disk that the events are written to: it is in the record all the same. */
function emitFailure(
  error: unknown,
  isInterrupt: boolean,
  emit: (happening: LaneHappening) => void,
): void {
  const known = withSystemErrors(error);
  const { code, who, message, hint } = known instanceof LaneError ? known : ourBug(error);
  try {
    if (isInterrupt) emit({ kind: "interrupted" });
    else emit({ kind: "trouble", trouble: { code, who, message, hint: hint ?? null } });
  } catch {
    // The event is kept in memory before it is written.
  }
}

interface ColumnWatcher {
  readonly emit: (happening: LaneHappening) => void;
  readonly line: (text: string) => void;
  readonly running: (machine: Machine, hangs: RunningColumn["hangs"]) => void;
  readonly trail: StepTrail;
}

async function stageAndBoot(
  run: RunPlan,
  plan: ColumnPlan,
  { emit, line, running, trail }: ColumnWatcher,
  signal: AbortSignal,
): Promise<void> {
  const guest = guestOf(run.request);
  const hypervisor = hypervisorOf(run.facts.hypervisor);
  emit(startedEvent(run, plan));
  emit({ kind: "phase", phase: "stage", budgetMs: plan.budgets.phasesMs.stage });
  if (signal.aborted) {
    emit({ kind: "interrupted" });
    return;
  }
  const place = planConsole(plan.folder);
  await using hold = await openHold(
    plan.machine.name,
    [...(run.request.keep ? [] : plan.staging.staged), place.folder, place.card],
    hypervisor.heldVms(plan.machine),
  );
  await stageInTime(guest, plan.staging, plan.budgets.phasesMs.stage, signal);
  using log = openLog(plan.consoleLog, dirname(plan.consoleLog) !== plan.folder);
  await using machine = await hypervisor.start(plan.machine);
  hold.follow(machine);
  await using offer = await openColumnConsole(place, machine, log.path);
  let hasDied = false;
  let isHeld = false;
  void machine.held?.then(() => (isHeld = true));
  const dumping = plan.staging.dump && openDumpProgress(plan.staging.dump.path);
  const end = await observeMachine(machine, plan, {
    emit: (happening) => {
      hasDied ||= happening.kind === "dying" || happening.kind === "deadline";
      emit(happening);
    },
    line,
    console: (bytes) => {
      log.append(bytes);
      offer.push(bytes);
      dumping?.heard(bytes);
    },
    watching: (hangs) => running(machine, hangs),
    trail,
    symbolAt: guest.symbolsOf?.(plan.file),
    // One that has reset has dumped before.
    dumpGoesOn: dumping && (() => !isHeld && dumping.goesOn()),
    // A guest that has halted is none that has died.
    scene: async () => {
      if (hasDied || isHeld) await keepScenes({ run, plan, machine, emit, signal });
    },
    signal,
  });
  const { request } = run;
  hasDied ||= isHeld;
  const scene = await findDumpScene({ request, plan, guest, hasDied, signal });
  if (scene) emit({ kind: "scene", scene });
  refuseFailedEnd(end);
}

function startedEvent(run: RunPlan, plan: ColumnPlan): LaneHappening {
  return {
    kind: "started",
    schema: 1,
    startedAt: run.facts.now.toISOString(),
    lane: run.request.lane,
    kernel: plan.kernel,
    runId: plan.runId,
    consoleLog: pathFrom(plan.folder, plan.consoleLog),
    guest: plan.guest,
    identity: plan.file.identity,
    hypervisor: run.facts.hypervisorVersion,
    accel: run.facts.accel.accel,
    accelWhy: run.facts.accel.why,
    argv: plan.argv,
    transport: transportOf(run.request.mode),
    steps: plan.probe.steps,
    findings: run.request.findings,
    caveats: plan.staging.caveats,
  };
}

function ourBug(error: unknown): LaneError {
  return new LaneError("bug", `kernlane failed: ${messageOf(error)}`, { cause: error });
}
