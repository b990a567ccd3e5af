/**
 * The operations of the stateful contract (kernel/linux/README.md), one function each: checks of the arguments first, then of
 * the state, and the first that fails is the answer.
 */
import {
  ARGS_VERSION,
  dispatchConfig,
  DISPATCH_VERSION,
  FEATURE_DISPATCHFUNC,
  FEATURES,
  INIT,
  initArgs,
  REQTHREADS,
  reqthreadsArgs,
  SETUP_DISPATCH,
  SHOULD_NARROW,
  shouldNarrowArgs,
  SPI_VERSION,
  THREAD_ENTER,
  THREAD_RETURN,
  THREAD_TRANSFER,
  threadTransferArgs,
} from "./abi.js";
import type { Fields } from "../../src/structs/c-type.js";
import type { Struct, StructOutput } from "../../src/structs/struct.js";
import { bytesOf, type TwqCall } from "./command.js";
import { DEFAULT_BUCKET, parsePriority, type Priority } from "./priority.js";
import { freshRecord, targetOf, totalIn, withThread, type ProcessRecord } from "./records.js";
import type { TwqCounts } from "./stats.js";

export type TwqErrno = "EINVAL" | "EFAULT" | "EBUSY" | "ENXIO" | "ESRCH";

/** An answer, and what it changed: `record` is absent where nothing changed. */
export interface Result {
  readonly answer: number | TwqErrno;
  readonly record?: ProcessRecord;
  readonly counts?: TwqCounts;
}

/** Threads that a bucket can be asked for: a greater number counts as this one. */
const REQUEST_LIMIT = 65535;
const PAGE_BYTES = 4096n;

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
      return transfer(call, caller);
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
  const { requestedFeatures: requested } = args;
  if (args.version !== SPI_VERSION || args.flags !== 0 || args.reserved !== 0)
    return fail("EINVAL");
  if ((requested & FEATURE_DISPATCHFUNC) !== 0 && args.dispatchFunc === 0n) return fail("EINVAL");
  if ((args.stackSize | args.guardSize) % PAGE_BYTES !== 0n) return fail("EINVAL");
  if (record) return fail("EBUSY");
  return {
    answer: requested === 0 ? FEATURES : requested & FEATURES,
    record: freshRecord,
    counts: { init_count: 1, proc_alloc_count: 1 },
  };
}

function enter(call: TwqCall, { record, thread }: Caller): Result {
  const priority = registerPriority(call);
  if (!priority) return fail("EINVAL");
  if (!record) return fail("ENXIO");
  const known = record.threads[thread];
  if (known && !known.isIdle) return fail("EBUSY");
  const { bucket } = priority;
  return {
    answer: 0,
    record: withThread(record, thread, { bucket, isIdle: false }),
    counts: {
      thread_enter_count: 1,
      [`bucket_thread_enter_total[${bucket}]`]: 1,
      thread_state_alloc_count: known ? 0 : 1,
    },
  };
}

function leave(call: TwqCall, { record, thread }: Caller): Result {
  const priority = registerPriority(call);
  if (!priority) return fail("EINVAL");
  if (!record) return fail("ENXIO");
  const known = record.threads[thread];
  const bucket = int(call.arg3) === 0 ? (known?.bucket ?? DEFAULT_BUCKET) : priority.bucket;
  return {
    answer: 0,
    record: withThread(record, thread, { bucket, isIdle: true }),
    counts: {
      thread_return_count: 1,
      [`bucket_thread_return_total[${bucket}]`]: 1,
      thread_state_alloc_count: known ? 0 : 1,
    },
  };
}

function transfer(call: TwqCall, { record, thread }: Caller): Result {
  const args = fetch(call, threadTransferArgs);
  if (typeof args === "string") return fail(args);
  const [from, to] = [parsePriority(args.fromPriority), parsePriority(args.toPriority)];
  if (!isVersion(args.version) || args.flags !== 0 || args.reserved !== 0) return fail("EINVAL");
  if (!from || !to || from.bucket === to.bucket) return fail("EINVAL");
  if (!record) return fail("ENXIO");
  const known = record.threads[thread];
  if (!known || known.isIdle || known.bucket !== from.bucket) return fail("ESRCH");
  const moved = withThread(record, thread, { bucket: to.bucket, isIdle: false });
  const requested = moved.requested.with(from.bucket, clamp(args.fromReqcount));
  return {
    answer: 0,
    record: { ...moved, requested },
    counts: { thread_transfer_count: 1 },
  };
}

function request(call: TwqCall, { record, width }: Caller): Result {
  const args = fetch(call, reqthreadsArgs);
  if (typeof args === "string") return fail(args);
  const priority = parsePriority(args.priority);
  if (!isVersion(args.version) || args.flags !== 0 || args.reserved !== 0) return fail("EINVAL");
  if (!priority) return fail("EINVAL");
  if (!record) return fail("ENXIO");
  const { bucket } = priority;
  const wanted = clamp(args.reqcount);
  const after = { ...record, requested: record.requested.with(bucket, wanted) };
  const admitted = Math.max(0, targetOf(after, priority, width) - totalIn(after, bucket));
  return {
    answer: admitted,
    record: after,
    counts: {
      reqthreads_count: 1,
      [`bucket_req_total[${bucket}]`]: wanted,
      [`bucket_admit_total[${bucket}]`]: admitted,
    },
  };
}

function narrow(call: TwqCall, { record, width }: Caller): Result {
  const args = fetch(call, shouldNarrowArgs);
  if (typeof args === "string") return fail(args);
  const priority = parsePriority(args.priority);
  if (!isVersion(args.version) || args.flags !== 0) return fail("EINVAL");
  if (args.reserved0 !== 0 || args.reserved1 !== 0 || !priority) return fail("EINVAL");
  if (!record) return fail("ENXIO");
  const isTooWide = totalIn(record, priority.bucket) > targetOf(record, priority, width);
  const answer = isTooWide ? 1 : 0;
  return { answer, counts: { should_narrow_count: 1, should_narrow_true_count: answer } };
}

function dispatch(call: TwqCall, { record }: Caller): Result {
  const config = fetch(call, dispatchConfig);
  if (typeof config === "string") return fail(config);
  if (config.version !== DISPATCH_VERSION || config.flags !== 0) return fail("EINVAL");
  if (!record) return fail("ENXIO");
  if (record.isDispatchSet) return fail("EBUSY");
  return {
    answer: 0,
    record: { ...record, isDispatchSet: true },
    counts: { setup_dispatch_count: 1 },
  };
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

/** The priority in `arg3`, where the other two say nothing. */
function registerPriority({ arg2, arg3, arg4 }: TwqCall): Priority | undefined {
  if (typeof arg2 === "object" || BigInt.asUintN(64, BigInt(arg2)) !== 0n) return undefined;
  if (int(arg4) !== 0) return undefined;
  return parsePriority(BigInt.asUintN(32, BigInt(arg3)));
}

function isVersion(version: number): boolean {
  return version === ARGS_VERSION || version === SPI_VERSION;
}

function clamp(reqcount: number): number {
  return Math.min(reqcount, REQUEST_LIMIT);
}

function fail(answer: TwqErrno): Result {
  return { answer };
}

/** A C int that came in a 64-bit register. */
function int(register: number | bigint): number {
  return Number(BigInt.asIntN(32, BigInt(register)));
}
