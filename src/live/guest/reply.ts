/**
 * What a call in the guest did, as values.
 */
import type { GuestFamily } from "../../base/family.js";
import { buffersOf } from "../../protocol/buffers.js";
import type { Observation } from "../../protocol/decode-reply.js";
import { errnoName } from "../../protocol/errno.js";
import { outcomeOf } from "../../protocol/outcome.js";
import { signalName } from "../../protocol/signals.js";
import type { Argument } from "../../protocol/step.js";
import type { Answer } from "../session/replies.js";

export type ReplyStatus =
  "ok" | "errno" | "signal" | "exited" | "timed-out" | "gone" | "refused" | "lost";

/** What became of a step, whatever it was. */
export interface StepReply {
  /** The step's name. */
  readonly step: string;
  /** `main`, `process` or `process/thread`. */
  readonly context: string;
  /** The number of its request. */
  readonly seq: number;
  readonly status: ReplyStatus;
  /** In the words of the transition table: `ok`, `= 42`, `ENOTSUP`, `SIGSYS`, `exit 1`, `timed out`. */
  readonly outcome: string;
  /** By name, as the guest's family counts them: `ENOTSUP`. */
  readonly errno: string | undefined;
  readonly errnoNumber: number | undefined;
  /** The signal that ended the forked child or the process, by name. */
  readonly signal: string | undefined;
  readonly signalNumber: number | undefined;
  /** With which the child or the process ended. */
  readonly exitStatus: number | undefined;
  /** What the call or the batch took in the guest, in ns. */
  readonly tookNs: number | undefined;
  readonly observation: Observation;
}

/** What one system call did. */
export interface Reply extends StepReply {
  /** What it returned; undefined unless `status` is `ok`. */
  readonly value: bigint | undefined;
  /** The buffers that came back (those the kernel may write), in the order of the arguments, each at its full length. */
  readonly buffers: readonly Uint8Array[];
}

export function stepReply(observation: Observation, family: GuestFamily): StepReply {
  const { data, meta } = observation;
  const errnoNumber = observation.status === "errno" ? numberIn(data["errno"]) : undefined;
  const signalNumber = observation.status === "signal" ? numberIn(data["signal"]) : undefined;
  return {
    step: observation.name,
    context: typeof meta["context"] === "string" ? meta["context"] : "",
    seq: observation.stepId ?? 0,
    status: observation.status as ReplyStatus,
    outcome: outcomeOf(observation, family).text,
    errno: errnoNumber === undefined ? undefined : errnoName(family, errnoNumber),
    errnoNumber,
    signal: signalNumber === undefined ? undefined : signalName(family, signalNumber),
    signalNumber,
    exitStatus: observation.status === "exited" ? numberIn(data["exit"]) : undefined,
    tookNs: numberIn(meta["ns"]),
    observation,
  };
}

export function syscallReply(
  observation: Observation,
  args: readonly Argument[],
  family: GuestFamily,
): Reply {
  const { status, data } = observation;
  const buffers = buffersOf(args).flatMap(({ direction, lengthBytes }, index) => {
    const hex = data[`buffer${index}`];
    return direction !== "in" && typeof hex === "string" ? [bytesOfHex(hex, lengthBytes)] : [];
  });
  const value = status === "ok" ? bigintIn(data["rc"]) : undefined;
  return { ...stepReply(observation, family), value, buffers };
}

/** Trailing zero bytes were left out on the way. */
export function bytesOfHex(hex: string, lengthBytes: number): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  bytes.set(Buffer.from(hex, "hex").subarray(0, lengthBytes));
  return bytes;
}

export function numberIn(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** Integers beyond ±(2^53−1) travel as strings. */
function bigintIn(value: unknown): bigint | undefined {
  if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
  return typeof value === "string" && /^-?\d+$/.test(value) ? BigInt(value) : undefined;
}

/** What a program of the guest did. */
export interface ProgramReply extends StepReply {
  /** Its lines, without their line breaks; the last one may have had none. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** Bytes that went beyond the limit and were dropped. */
  readonly droppedBytes: number;
}

export function programReply({ reply, outputs }: Answer, family: GuestFamily): ProgramReply {
  const dropped = reply.data["dropped"];
  return {
    ...stepReply(reply, family),
    stdout: linesOf(outputs, "stdout"),
    stderr: linesOf(outputs, "stderr"),
    droppedBytes: typeof dropped === "number" ? dropped : 0,
  };
}

/** A long line comes in pieces, and so does one that has no line break. */
function linesOf(outputs: Answer["outputs"], stream: string): readonly string[] {
  const lines: string[] = [];
  let unfinished: string | undefined;
  for (const { status, data } of outputs) {
    if (data["stream"] !== stream) continue;
    const text = (unfinished ?? "") + String(data["text"]);
    unfinished = status === "piece" ? text : undefined;
    if (unfinished === undefined) lines.push(text);
  }
  return unfinished === undefined ? lines : [...lines, unfinished];
}
