/**
 * Processes of the guest and their threads, each with kernel state of its own.
 */
import { LaneError } from "../../base/errors.js";
import { checkContextName, checkInteger } from "../../protocol/step-check.js";
import { signalNumber } from "../../protocol/signals.js";
import * as steps from "../../protocol/steps.js";
import { callSite, withCallerStack } from "../session/call-site.js";
import { askIn, mustBeOk, openCaller, type Ask, type Caller, type Reach } from "./caller.js";
import { unlessEnded } from "./ended-guest.js";
import { numberIn, stepReply, type StepReply } from "./reply.js";

export interface Thread extends Caller {
  readonly tid: number;
  /** The thread ends, and the kernel has let go of it when this resolves. */
  exit(): Promise<void>;
}

/** What a process can do besides calling: it has threads. */
export interface ThreadMaker {
  /** A new thread of the process. Named threads are told apart on the guest's console. */
  thread(name?: string): Promise<Thread>;
}

export interface Process extends Caller, ThreadMaker, AsyncDisposable {
  readonly pid: number;
  /** Executes the agent again: the pid stays, threads end, and what the kernel kept for the old program must be gone. */
  exec(): Promise<void>;
  /** Ends it with this status (default 0), and resolves when the agent has waited for it. */
  exit(status?: number): Promise<StepReply>;
  /** Sends a signal (default SIGKILL), and resolves when the process has ended. */
  kill(signal?: string): Promise<StepReply>;
}

/** Whether a context can still be asked. Those of the threads end with that of their process. */
class Life {
  private why: string | undefined;
  private readonly parent: Life | undefined;

  constructor(parent?: Life) {
    this.parent = parent;
  }

  end(why: string): void {
    this.why ??= why;
  }

  get ending(): string | undefined {
    return this.why ?? this.parent?.ending;
  }
}

let unnamed = 0;

/** A name that no process or thread of this guest has had, also before a checkpoint that it was restored from. */
function freshName(reach: Reach, prefix: string): string {
  unnamed = (unnamed + 1) % 1_000_000;
  return `${prefix}${reach.session.nextSeq}-${unnamed}`;
}

/** @throws LaneError `step-context-invalid` (usage), `guest-call-failed` (usage) where there is no place for another */
export async function openProcess(
  reach: Reach,
  main: Ask,
  name: string | undefined,
): Promise<Process> {
  const site = callSite();
  const process = name === undefined ? freshName(reach, "p") : checkContextName(name, "process");
  const made = { kind: "spawn" as const, process, name: `start process ${process}` };
  const { observation } = mustBeOk(stepReply((await main(made, site)).reply, reach.family), site);
  const life = new Life();
  const ask = askIn(reach, process, refusal(process, life));
  const ended = async (step: Parameters<Ask>[0], by: Ask, why: string, from: typeof site) => {
    const reply = stepReply((await by(step, from)).reply, reach.family);
    if (reply.status !== "refused" && reply.status !== "timed-out") life.end(why);
    return reply;
  };
  const kill = async (signal = "SIGKILL"): Promise<StepReply> => {
    refusal(process, life)();
    const step = steps.kill(process, checkSignal(signal, reach));
    return ended(step, main, `it was killed by ${signal}`, callSite());
  };
  // Of the generation that an exec ends.
  let threads = new Life(life);
  return {
    ...openCaller(reach, process, ask),
    pid: numberIn(observation.data["pid"]) ?? 0,
    thread: (wanted) => openThread(reach, process, ask, threads, wanted),
    async exec() {
      const from = callSite();
      mustBeOk(stepReply((await ask(steps.exec(), from)).reply, reach.family), from);
      threads.end("its process has called exec");
      threads = new Life(life);
    },
    async exit(status = 0) {
      return ended(steps.exit(status), ask, `it has ended by exit(${status})`, callSite());
    },
    kill,
    async [Symbol.asyncDispose]() {
      if (life.ending === undefined) await unlessEnded(kill());
    },
  };
}

/** A thread of the process of this context; `name` as {@link openProcess}. */
export async function openThread(
  reach: Reach,
  process: string,
  parent: Ask,
  generation: Life = new Life(),
  name?: string,
): Promise<Thread> {
  const site = callSite();
  const thread = name === undefined ? freshName(reach, "t") : checkContextName(name, "thread");
  const made = { kind: "start-thread" as const, thread, name: `start thread ${process}/${thread}` };
  const { observation } = mustBeOk(stepReply((await parent(made, site)).reply, reach.family), site);
  const life = new Life(generation);
  const context = `${process}/${thread}`;
  const ask = askIn(reach, context, refusal(context, life));
  return {
    ...openCaller(reach, context, ask),
    tid: numberIn(observation.data["tid"]) ?? 0,
    async exit() {
      const from = callSite();
      await ask(steps.exit(0), from);
      life.end("it has ended");
      mustBeOk(stepReply((await parent(steps.join(thread), from)).reply, reach.family), from);
    },
  };
}

function refusal(context: string, life: Life): () => void {
  return () => {
    const why = life.ending;
    if (why === undefined) return;
    throw withCallerStack(
      callSite(),
      new LaneError("context-ended", `${context}: ${why}, and cannot make calls`, {
        facts: { context },
      }),
    );
  };
}

/** @throws LaneError `step-number-out-of-range` (usage) */
function checkSignal(signal: string, { family }: Reach): number {
  return checkInteger(signalNumber(family, signal) ?? Number.NaN, 1, 126, `kill: signal ${signal}`);
}
