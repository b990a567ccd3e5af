/**
 * A guest that runs and answers: a watched machine and a session with its agent, from a plan to a record.
 */
import { join } from "node:path";
import { LaneError } from "../../base/errors.js";
import { contradiction } from "../../guests/guest.js";
import { writeJsonFile } from "../../host/json-file.js";
import { RECORD_FILE } from "../../host/run-folder.js";
import type { Machine } from "../../machine/machine.js";
import type { Observation } from "../../protocol/decode-reply.js";
import * as steps from "../../protocol/steps.js";
import type { LaneEvent } from "../../run/events.js";
import { hypervisorOf } from "../../run/host-facts.js";
import type { ColumnPlan, RunPlan } from "../../run/plan.js";
import { recordRun, type ColumnRecord } from "../../run/record.js";
import { runColumn, type RunningColumn } from "../../run/run-column.js";
import { callSite } from "../session/call-site.js";
import {
  ingredientsToKeep,
  makeCheckpoint,
  startMainProcess,
  type Checkpoint,
} from "../checkpoint/checkpoint.js";
import { endWithParents } from "./end-with-parents.js";
import { guestEnded, refusedChannel } from "./ended-guest.js";
import { openGuestApi, type GuestApi } from "./guest-api.js";
import { setGuestClock } from "./guest-clock.js";
import { openGuestConsole, type ConsoleFeed, type GuestConsole } from "./guest-console.js";
import { Session } from "../session/session.js";
import { serialWire, terminalWire, virtioWire, type Wire } from "../session/wire.js";

export interface LiveGuest extends GuestApi, AsyncDisposable {
  /** The column of the lane. */
  readonly kernel: string;
  /** What the agent said of the guest: `release`, `version`, `cpus`; on FreeBSD `ident`, `bootfile`; `channel`. */
  readonly identity: Observation["data"];
  readonly console: GuestConsole;
  /** Everything that it was made of, its folder and logs included. */
  readonly plan: ColumnPlan;
  readonly machine: Machine;
  /**
   * Keeps what the guest is now, for {@link restoreGuest} and `bootGuest`, and lets it continue. Processes and threads that it has
   * live on in the guests that resume from it, which have no handle of them.
   *
   * @throws LaneError `checkpoint-not-savable` for a guest that was not started with `savable`, `checkpoint-while-asked` while
   *   a call is under way (usage); `guest-ended` (usage); `checkpoint-failed` (host)
   */
  checkpoint(): Promise<Checkpoint>;
  /** How it ended, whoever ended it: its verdict, title, evidence. Never rejects. */
  readonly ended: Promise<ColumnRecord>;
  /** Powers it off and judges it; of a guest that has ended, how it ended. */
  close(): Promise<ColumnRecord>;
  /** Ends it at once, without a shutdown: for a guest of which there are more. */
  stop(): Promise<ColumnRecord>;
}

export interface StartOptions {
  readonly signal?: AbortSignal;
  /**
   * For a machine that resumes from a saved state: its agent has said hello long ago. The channel's device, as
   * {@link LiveGuest.identity} had it. Its time of day is set to the host's.
   */
  readonly resume?: { readonly channel: string };
}

/**
 * Stages, boots and waits for the agent's first word.
 *
 * @param run a plan whose transport is live
 * @throws LaneError `guest-ended` (usage) with the verdict when the guest does not come up or is another kernel; trouble of the
 *   host as it is; `live-needs-channel` (host)
 */
export async function startLiveGuest(
  run: RunPlan,
  plan: ColumnPlan,
  options: StartOptions = {},
): Promise<LiveGuest> {
  const { hasChannel, name } = hypervisorOf(run.facts.hypervisor);
  if (!hasChannel && !plan.hasPort) throw refusedChannel(name);
  endWithParents();
  const site = callSite();
  const stopper = new AbortController();
  const stop = (): void => stopper.abort();
  options.signal?.addEventListener("abort", stop, { once: true });
  if (options.signal?.aborted) stop();
  const link = openLink(options.resume?.channel);
  const ingredients = ingredientsToKeep(run, plan);
  const ended = runColumn(run, plan, link.listener, stopper.signal).then((record) => {
    options.signal?.removeEventListener("abort", stop);
    link.end(record);
    const whole = recordRun(
      run.request.lane,
      run.folder,
      run.facts.now,
      [record],
      stopper.signal.aborted,
    );
    writeJsonFile(join(run.folder, RECORD_FILE), whole);
    return record;
  });
  const failed = ended.then((record): never => {
    throw guestEnded(record, link.feed.console)("boot");
  });
  failed.catch(() => undefined);
  const { session, machine } = await Promise.race([link.ready, failed]);
  const api = openGuestApi({ session, family: plan.guest });
  const isSet = options.resume ? setGuestClock(api, plan.guest) : Promise.resolve();
  const isUp = Promise.all([session.ready, isSet]);
  const [hello] = await Promise.race([isUp, failed]).catch(async (error: unknown) => {
    stop();
    await ended;
    throw error;
  });
  link.feed.begin();
  const close = async (): Promise<ColumnRecord> => {
    const off = { context: "main", name: "power off", site };
    await session.ask(steps.powerOff(), off).catch(stop);
    return ended;
  };
  if (contradiction(plan.file.identity, hello.data) !== undefined) {
    throw guestEnded(await close(), link.feed.console)("boot");
  }
  return {
    ...api,
    kernel: plan.kernel,
    identity: hello.data,
    console: link.feed.console,
    plan,
    machine,
    ended,
    async checkpoint() {
      requireRest(session);
      // A guest that has ended says so, with its verdict.
      await session.ask(
        { kind: "hello" },
        { context: "main", name: "checkpoint", site: callSite() },
      );
      await startMainProcess(api, plan.guest);
      const channel = String(hello.data["channel"]);
      return makeCheckpoint({ run, plan, machine, channel }, ingredients);
    },
    close,
    async stop() {
      stop();
      return ended;
    },
    async [Symbol.asyncDispose]() {
      await close();
    },
  };
}

/** What was asked before the checkpoint would be answered in every guest that resumes from it. */
function requireRest({ callsUnderWay }: Session): void {
  if (callsUnderWay === 0) return;
  throw new LaneError(
    "checkpoint-while-asked",
    `checkpoint: found ${callsUnderWay} calls under way, expected a guest at rest`,
  );
}

interface LinkedGuest {
  readonly session: Session;
  readonly machine: Machine;
}

interface GuestLink {
  readonly feed: ConsoleFeed;
  readonly listener: Required<Parameters<typeof runColumn>[2]>;
  readonly ready: Promise<LinkedGuest>;
  end(record: ColumnRecord): void;
}

/** Between what is observed of the machine and the session that asks its agent. */
function openLink(resumed: string | undefined): GuestLink {
  const feed = openGuestConsole();
  let column: RunningColumn | undefined;
  let session: Session | undefined;
  let isReady: (guest: LinkedGuest) => void;
  const ready = new Promise<LinkedGuest>((resolve) => (isReady = resolve));

  function greet(device: string, hello: Observation | undefined): void {
    if (!column) return;
    const { machine, hangs, emit } = column;
    session = new Session({
      wire: wireOf(machine, device),
      ...(hello ? { hello } : {}),
      silent: hangs,
      asked: (request) => emit({ kind: "request", ...request }),
    });
    isReady({ session, machine });
  }

  function take(event: LaneEvent): void {
    if (event.kind === "observation") {
      const { observation } = event;
      if (session) session.hear(observation);
      else if (observation.kind === "hello")
        greet(String(observation.data["channel"]), observation);
    } else if (event.kind === "gap") {
      // The agent's first word may have been in what was lost: the session asks it for another.
      if (session) session.miss();
      else greet("com2", undefined);
    } else if (isLastOf(event)) session?.hold();
  }

  return {
    feed,
    ready,
    listener: {
      event: (_, event) => take(event),
      line: (_, text) => feed.line(text),
      running: (_, running) => {
        column = running;
        if (resumed !== undefined) greet(resumed, undefined);
      },
    },
    end(record) {
      const error = guestEnded(record, feed.console);
      session?.end(error);
      feed.end(error);
    },
  };
}

/** From here on the guest answers nothing, and its end is near. */
function isLastOf(event: LaneEvent): boolean {
  if (event.kind === "mark") return event.mark.severity === "fatal";
  return event.kind === "dying" || event.kind === "deadline" || event.kind === "interrupted";
}

function wireOf({ port, portWindowBytes, channel }: Machine, device: string): Wire {
  if (port && device.startsWith("/dev/virtio-ports/")) return virtioWire(port, device);
  if (port && device.startsWith("/dev/vtcon/")) return terminalWire(port, device, portWindowBytes);
  return serialWire(channel, device);
}
