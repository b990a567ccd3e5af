/**
 * How a test writes a call, made into a step; what cannot be called is refused here, before anything is sent.
 */
import { LaneError } from "../../base/errors.js";
import { nearestName } from "../../base/nearest.js";
import { checkInteger } from "../../protocol/step-check.js";
import { inOutBytes } from "../../protocol/buffers.js";
import type {
  Argument,
  BatchEntry,
  BatchStep,
  BufferAddress,
  GuestBuffer,
  SyscallStep,
} from "../../protocol/step.js";
import { batch, call, syscall } from "../../protocol/steps.js";

/**
 * A 64-bit register, or something in the guest's memory whose address is passed. A bare `Uint8Array` is copied there and
 * comes back as the kernel left it; `inBytes`, `outBytes` and the values of `struct` types say more exactly what is meant.
 */
export type CallArgument = number | bigint | Uint8Array | GuestBuffer | BufferAddress;

export interface CallOptions {
  /** Makes the call in a forked child, so that a signal or an exit is a result and the process lives on. Default false. */
  readonly fork?: boolean;
  /** After this the call is over, and `timed out`. Default 10 000. */
  readonly deadlineMs?: number;
  /** What failures and the guest's console call it. */
  readonly name?: string;
}

/** The arguments of a call, and then perhaps its options. An object that is no buffer can only be options. */
export type CallInput = readonly CallArgument[] | readonly [...CallArgument[], CallOptions];

/** One call of a batch: its number and its arguments. */
export type BatchCall = readonly [nr: number, ...args: CallArgument[]];

/** Results of a batch are values, one for each call: of more, `repeat` tells runs. */
const BATCH_RESULTS = 1_000_000;

/** @throws LaneError (usage) as `syscall` does; `call-options-unknown` */
export function syscallStep(
  nr: number,
  input: CallInput,
): { readonly step: SyscallStep; readonly options: CallOptions } {
  const last = input.at(-1);
  const options = isOptions(last) ? checkOptions(last) : {};
  const args = (isOptions(last) ? input.slice(0, -1) : input) as readonly CallArgument[];
  return { step: syscall({ ...options, nr, args: argumentsOf(args) }), options };
}

/** @throws LaneError (usage) as `batch` does */
export function batchStep(
  calls: readonly (BatchCall | BatchEntry)[],
  options: Omit<CallOptions, "fork">,
): BatchStep {
  const entries = calls.map((one) => {
    if ("kind" in one) return one;
    const [nr, ...args] = one;
    return call({ nr, args: argumentsOf(args) });
  });
  const total = entries.reduce((sum, one) => sum + (one.kind === "call" ? one.repeat : 0), 0);
  checkInteger(total, 0, BATCH_RESULTS, "batch: calls and repeats together");
  return batch(entries, options);
}

export function argumentsOf(args: readonly CallArgument[]): readonly Argument[] {
  return args.map((argument) => (argument instanceof Uint8Array ? inOutBytes(argument) : argument));
}

function isOptions(last: CallArgument | CallOptions | undefined): last is CallOptions {
  return typeof last === "object" && !(last instanceof Uint8Array) && !("kind" in last);
}

const OPTION_NAMES = ["fork", "deadlineMs", "name"];

function checkOptions(options: CallOptions): CallOptions {
  const unknown = Object.keys(options).find((name) => !OPTION_NAMES.includes(name));
  if (unknown === undefined) return options;
  const nearest = nearestName(unknown, OPTION_NAMES);
  throw new LaneError(
    "call-options-unknown",
    `syscall: found the option "${unknown}" behind the arguments, expected ${OPTION_NAMES.join(", ")}`,
    {
      hint:
        nearest === undefined
          ? "an argument is a number, a bigint, bytes or a buffer"
          : `did you mean ${nearest}?`,
    },
  );
}
