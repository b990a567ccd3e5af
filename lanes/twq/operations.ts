/**
 * The operations of the stateful contract (kernel/linux/README.md), one function each: checks of the arguments first, then of
 * the state, and the first that fails is the answer.
 */
import {
  dispatchConfig,
  DISPATCH_VERSION,
  FEATURE_DISPATCHFUNC,
  INIT,
  initArgs,
  OVERCOMMIT,
  qos,
  REQTHREADS,
  reqthreadsArgs,
  SETUP_DISPATCH,
  SHOULD_NARROW,
  shouldNarrowArgs,
  SPI_VERSION,
  THREAD_ENTER,
  THREAD_RETURN,
  THREAD_TRANSFER,
} from "./abi.js";
import type { Fields } from "../../src/structs/c-type.js";
import type { Struct, StructOutput } from "../../src/structs/struct.js";
import { bytesOf, type TwqCall } from "./command.js";
import type { TwqCounter } from "./stats.js";

/** What the kernel keeps of a process from INIT on. How many run in a bucket is how many are entered in it. */
export interface ProcessRecord {
  /** By bucket: asked for and not yet entered. */
  readonly pending: readonly number[];
  /** The bucket of each thread that is entered. */
  readonly entered: Readonly<Record<string, number>>;
  readonly isDispatchSet: boolean;
}

export type TwqErrno = "EINVAL" | "EFAULT" | "ENOTSUP" | "EBUSY" | "ENXIO" | "EAGAIN" | "ESRCH";

/** An answer, and what it changed: `record` is absent where nothing changed. */
export interface Result {
  readonly answer: number | TwqErrno;
  readonly record?: ProcessRecord;
  readonly counts?: readonly TwqCounter[];
}

/** Requests that one bucket can hold, and that one call can make. */
const PENDING_LIMIT = 64;
const PAGE_BYTES = 4096n;
const BUCKETS = Object.values(qos);

/** Who calls: the record is absent before INIT. */
interface Caller {
  readonly record: ProcessRecord | undefined;
  readonly thread: string;
  readonly width: number;
}

/** What a call answers and changes. Of `op`, `arg3` and `arg4` only the low 32 bits count, as a signed integer. */
export function perform(call: TwqCall, caller: Caller): Result {
  switch (int(call.op)) {
    case INIT:
      return init(call, caller);
    case THREAD_ENTER:
      return enter(call, caller);
    case THREAD_RETURN:
      return leave(call, caller);
    case THREAD_TRANSFER:
      return fail("ENOTSUP");
    case REQTHREADS:
      return request(call, caller);
    case SHOULD_NARROW:
      return narrow(call, caller);
    case SETUP_DISPATCH:
      return dispatch(call, caller);
    default:
      return fail("EINVAL");
  }
}

function init(call: TwqCall, { record }: Caller): Result {
  const args = fetch(call, initArgs);
  if (typeof args === "string") return fail(args);
  if (args.version !== SPI_VERSION || args.flags !== 0 || args.reserved !== 0)
    return fail("EINVAL");
  if ((args.requestedFeatures & ~FEATURE_DISPATCHFUNC) !== 0) return fail("ENOTSUP");
  if (args.requestedFeatures !== 0 && args.dispatchFunc === 0n) return fail("EINVAL");
  if ((args.stackSize | args.guardSize) % PAGE_BYTES !== 0n) return fail("EINVAL");
  if (record) return fail("EBUSY");
  const fresh = { pending: BUCKETS.map(() => 0), entered: {}, isDispatchSet: false };
  return { answer: FEATURE_DISPATCHFUNC, record: fresh, counts: ["init", "proc_alloc"] };
}

function enter({ arg2, arg3, arg4 }: TwqCall, { record, thread }: Caller): Result {
  // An address of the caller's memory is no priority: it has bits beyond.
  const priority =
    typeof arg2 === "object" ? undefined : parsePriority(BigInt.asUintN(64, BigInt(arg2)));
  if (!priority || int(arg3) !== 0 || int(arg4) !== 0) return fail("EINVAL");
  if (!record) return fail("ENXIO");
  if (thread in record.entered) return fail("EBUSY");
  const { bucket, overcommit } = priority;
  const waiting = record.pending[bucket]!;
  if (waiting === 0 && !overcommit) return fail("EAGAIN");
  const after = {
    ...record,
    pending: record.pending.with(bucket, Math.max(0, waiting - 1)),
    entered: { ...record.entered, [thread]: bucket },
  };
  return { answer: running(after, bucket), record: after, counts: ["enter", "thread_alloc"] };
}

function leave({ arg2, arg3, arg4 }: TwqCall, { record, thread }: Caller): Result {
  if (typeof arg2 === "object" || BigInt.asUintN(64, BigInt(arg2)) !== 0n) return fail("EINVAL");
  if (int(arg3) !== 0 || int(arg4) !== 0) return fail("EINVAL");
  if (!record) return fail("ENXIO");
  const bucket = record.entered[thread];
  if (bucket === undefined) return fail("ESRCH");
  const after = withoutThread(record, thread);
  return { answer: running(after, bucket), record: after, counts: ["return", "thread_free"] };
}

function request(call: TwqCall, { record }: Caller): Result {
  const args = fetch(call, reqthreadsArgs);
  if (typeof args === "string") return fail(args);
  const priority = parsePriority(args.priority);
  if (args.version !== SPI_VERSION || args.flags !== 0 || args.reserved !== 0)
    return fail("EINVAL");
  if (args.reqcount === 0 || args.reqcount > PENDING_LIMIT || !priority) return fail("EINVAL");
  if (!record) return fail("ENXIO");
  const waiting = record.pending[priority.bucket]! + args.reqcount;
  if (waiting > PENDING_LIMIT) return fail("EAGAIN");
  const after = { ...record, pending: record.pending.with(priority.bucket, waiting) };
  return { answer: waiting, record: after, counts: ["request"] };
}

function narrow(call: TwqCall, { record, thread, width }: Caller): Result {
  const args = fetch(call, shouldNarrowArgs);
  if (typeof args === "string") return fail(args);
  const priority = parsePriority(args.priority);
  if (args.version !== SPI_VERSION || args.flags !== 0) return fail("EINVAL");
  if (args.reserved0 !== 0 || args.reserved1 !== 0 || !priority) return fail("EINVAL");
  if (!record) return fail("ENXIO");
  if (!(thread in record.entered)) return fail("ESRCH");
  const isTooWide = !priority.overcommit && tooWide(record, priority.bucket, width);
  return { answer: isTooWide ? 1 : 0, counts: ["narrow"] };
}

function dispatch(call: TwqCall, { record }: Caller): Result {
  const config = fetch(call, dispatchConfig);
  if (typeof config === "string") return fail(config);
  if (config.version !== DISPATCH_VERSION || config.flags !== 0) return fail("EINVAL");
  if (!record) return fail("ENXIO");
  if (record.isDispatchSet) return fail("EBUSY");
  return { answer: 0, record: { ...record, isDispatchSet: true }, counts: ["dispatch"] };
}

/** More run at this level and above than there are processors; or all of those are taken while someone above waits. */
function tooWide(record: ProcessRecord, bucket: number, width: number): boolean {
  const buckets = Object.values(record.entered);
  const above = buckets.filter((one) => one >= bucket).length;
  const isWaitedFor = record.pending.some((count, one) => one > bucket && count > 0);
  return above > width || (isWaitedFor && buckets.length >= width);
}

/** As by THREAD_RETURN: a request does not come back. */
export function withoutThread(record: ProcessRecord, thread: string): ProcessRecord {
  const entered = Object.entries(record.entered).filter(([name]) => name !== thread);
  return { ...record, entered: Object.fromEntries(entered) };
}

function running({ entered }: ProcessRecord, bucket: number): number {
  return Object.values(entered).filter((one) => one === bucket).length;
}

/** The structure in the caller's memory. A plain number as the address leads nowhere. */
function fetch<F extends Fields>(
  { arg2, arg3, arg4 }: TwqCall,
  structure: Struct<F>,
): StructOutput<F> | TwqErrno {
  if (int(arg3) !== structure.size || int(arg4) !== 0) return "EINVAL";
  if (typeof arg2 !== "object") return "EFAULT";
  return structure.decode(bytesOf(arg2).subarray(0, structure.size));
}

function parsePriority(priority: bigint): { bucket: number; overcommit: boolean } | undefined {
  const overcommit = (priority & BigInt(OVERCOMMIT)) !== 0n;
  const bucket = BUCKETS.findIndex(
    (bit) => priority === BigInt(bit) + (overcommit ? BigInt(OVERCOMMIT) : 0n),
  );
  return bucket < 0 ? undefined : { bucket, overcommit };
}

function fail(answer: TwqErrno): Result {
  return { answer };
}

/** A C int that came in a 64-bit register. */
function int(register: number | bigint): number {
  return Number(BigInt.asIntN(32, BigInt(register)));
}
