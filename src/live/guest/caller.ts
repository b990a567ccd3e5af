/**
 * The calls that a process or a thread of the guest can make: the same ones for all of them.
 */
import { LaneError } from "../../base/errors.js";
import type { GuestFamily } from "../../base/family.js";
import type { Request } from "../../protocol/encode-request.js";
import type { BatchEntry } from "../../protocol/step.js";
import * as steps from "../../protocol/steps.js";
import type { Barrier } from "./barrier.js";
import { answerLines, stackAnswers } from "../../run/answers.js";
import { withCallerStack, callSite, type CallSite } from "../session/call-site.js";
import type { Answer } from "../session/replies.js";
import {
  argumentsOf,
  batchStep,
  syscallStep,
  type BatchCall,
  type CallInput,
  type CallOptions,
} from "./call-input.js";
import {
  batchReply,
  repeatReply,
  timeReply,
  type BatchReply,
  type RepeatReply,
  type TimeReply,
} from "./many-replies.js";
import { stepReply, syscallReply, type Reply, type StepReply } from "./reply.js";
import { openSysctl, textIn, type Sysctl } from "./sysctl.js";
import type { Session } from "../session/session.js";

type StepOptions = Omit<CallOptions, "fork">;

/** Who makes calls in the guest: the guest's main process, a process of its own, or a thread. */
export interface Caller {
  /** `main`, `process` or `process/thread`. */
  readonly context: string;
  /**
   * One raw system call. What it does is the reply, whatever it is; options may follow the arguments.
   *
   * @throws LaneError `step-too-many-arguments`, `step-number-out-of-range`, `step-buffer-too-large`, `call-options-unknown`
   *   (usage) for what cannot be called; `guest-ended` (usage) with the verdict; `channel-reply-lost` and its like (host)
   * @example (await guest.syscall(39)).value // 1n
   * @example await guest.syscall(468, 0x1, bytes, bytes.length, 0, { fork: true, deadlineMs: 2000 })
   */
  syscall(nr: number, ...args: CallInput): Promise<Reply>;
  /**
   * Many calls in one round trip, in order.
   *
   * @example await guest.batch([[39], [468, 9999]])
   */
  batch(calls: readonly (BatchCall | BatchEntry)[], options?: StepOptions): Promise<BatchReply>;
  /** One call `count` times. @example await guest.repeat([39], { count: 100_000 }) */
  repeat(one: BatchCall, options: StepOptions & { readonly count: number }): Promise<RepeatReply>;
  /** One call `count` times, each timed. `warmup` calls go before; default 0. @example await guest.time([39], { count: 10_000 }) */
  time(
    one: BatchCall,
    options: StepOptions & { readonly count: number; readonly warmup?: number },
  ): Promise<TimeReply>;
  /** Waits until as many as the barrier is for have come. @throws LaneError `guest-call-failed` (usage) when they do not */
  meet(barrier: Barrier, options?: StepOptions): Promise<void>;
  sleep(durationMs: number): Promise<void>;
  readonly sysctl: Sysctl;
  /** A file as text, up to `limitBytes` (default 65 536). @throws LaneError `guest-call-failed` (usage) */
  readFile(path: string, options?: StepOptions & { readonly limitBytes?: number }): Promise<string>;
  /** Writes with one write(2), making the file where it is missing. @throws LaneError `guest-call-failed` (usage) */
  writeFile(path: string, content: string | Uint8Array, options?: StepOptions): Promise<void>;
}

/** How the API reaches the guest. */
export interface Reach {
  readonly session: Session;
  readonly family: GuestFamily;
}

/** Sends a step of a context; whatever becomes of it is the answer. */
export type Ask = (
  request: Request & { readonly name?: string },
  site: CallSite,
  options?: Naming,
) => Promise<Answer>;

/**
 * A name that the test gave is also said on the guest's console before the step. Others are not: a line there takes longer than
 * most calls.
 */
interface Naming {
  readonly name?: string;
}

/** @param check refuses a context that has ended */
export function askIn({ session }: Reach, context: string, check: () => void): Ask {
  return async (request, site, options = {}) => {
    check();
    const name = request.name ?? request.kind;
    const deadlineMs = "deadlineMs" in request ? request.deadlineMs : undefined;
    return session.ask(request, {
      context,
      name,
      quiet: options.name === undefined,
      deadlineMs,
      site,
    });
  };
}

export function openCaller({ family }: Reach, context: string, ask: Ask): Caller {
  /** For what is not asked for its outcome: anything but `ok` is an error. */
  const must = async (...asked: Parameters<Ask>): Promise<StepReply> =>
    mustBeOk(stepReply((await ask(...asked)).reply, family), asked[1]);
  return {
    context,
    async syscall(nr, ...input) {
      const { step, options } = syscallStep(nr, input);
      const { reply } = await ask(step, callSite(), options);
      return syscallReply(reply, step.args, family);
    },
    async batch(calls, options = {}) {
      const { reply } = await ask(batchStep(calls, options), callSite(), options);
      return batchReply(reply, family);
    },
    async repeat([nr, ...args], options) {
      const step = steps.repeat({ ...options, nr, args: argumentsOf(args) });
      return repeatReply((await ask(step, callSite(), options)).reply, family);
    },
    async time([nr, ...args], options) {
      const step = steps.time({ ...options, nr, args: argumentsOf(args) });
      return timeReply((await ask(step, callSite(), options)).reply, family);
    },
    async meet({ number, parties }, options = {}) {
      await must(steps.barrier(number, parties, options), callSite(), options);
    },
    async sleep(durationMs) {
      await must(steps.sleep(durationMs), callSite());
    },
    sysctl: openSysctl(must),
    async readFile(path, options = {}) {
      return textIn(await must(steps.readFile(path, options), callSite(), options), "content");
    },
    async writeFile(path, content, options = {}) {
      await must(steps.writeFile(path, content, options), callSite(), options);
    },
  };
}

/** @throws LaneError `guest-call-failed` (usage) */
export function mustBeOk(reply: StepReply, site: CallSite): StepReply {
  if (reply.status === "ok") return reply;
  const where = reply.context === "main" ? "" : ` in ${reply.context}`;
  // Of a call that was late: where its threads are in the kernel.
  const stacks = answerLines({ answers: stackAnswers([reply.observation]) });
  const said = [`${reply.step}${where}: ${reply.outcome}`, ...stacks].join("\n");
  const error = new LaneError("guest-call-failed", said, {
    hint: "where the failure is what is tested, make the call with syscall(): its outcome is then a value",
    facts: { step: reply.step, outcome: reply.outcome, seq: reply.seq },
  });
  throw withCallerStack(site, error);
}
