/** What the kernel keeps of a process and its threads, and what follows from it. */
import { BUCKETS, type Priority } from "./priority.js";
import type { TwqCounts } from "./stats.js";

/** Of a process, from INIT on. */
export interface ProcessRecord {
  /** By bucket: threads that were asked for last. */
  readonly requested: readonly number[];
  /** By name; of those that have entered or returned. */
  readonly threads: Readonly<Record<string, ThreadRecord>>;
  readonly isDispatchSet: boolean;
}

export interface ThreadRecord {
  readonly bucket: number;
  /** Idle after THREAD_RETURN, else busy. */
  readonly isIdle: boolean;
}

export const freshRecord: ProcessRecord = {
  requested: Array.from({ length: BUCKETS }, () => 0),
  threads: {},
  isDispatchSet: false,
};

export function withThread(
  record: ProcessRecord,
  name: string,
  thread: ThreadRecord,
): ProcessRecord {
  return { ...record, threads: { ...record.threads, [name]: thread } };
}

export function withoutThread(record: ProcessRecord, name: string): ProcessRecord {
  const others = Object.entries(record.threads).filter(([other]) => other !== name);
  return { ...record, threads: Object.fromEntries(others) };
}

export function totalIn({ threads }: ProcessRecord, bucket: number): number {
  return Object.values(threads).filter((thread) => thread.bucket === bucket).length;
}

/** How many threads a bucket may have: as many as were asked for, as far as the busy ones above it leave room. */
export function targetOf(record: ProcessRecord, priority: Priority, width: number): number {
  const { bucket, overcommits } = priority;
  const limit = overcommits ? 2 * width : width;
  const threads = Object.values(record.threads);
  const busyAbove = threads.filter((thread) => thread.bucket > bucket && !thread.isIdle).length;
  return Math.min(record.requested[bucket]!, Math.max(0, limit - busyAbove));
}

/** What the counters of the present say of these processes alone. */
export function currentCounts(records: readonly ProcessRecord[]): TwqCounts {
  const threads = records.flatMap((record) => Object.values(record.threads));
  const counts = Array.from({ length: BUCKETS }, (_, bucket) => {
    const inBucket = threads.filter((thread) => thread.bucket === bucket);
    return {
      [`bucket_total_current[${bucket}]`]: inBucket.length,
      [`bucket_idle_current[${bucket}]`]: inBucket.filter(({ isIdle }) => isIdle).length,
    };
  });
  return Object.assign({}, ...counts) as TwqCounts;
}
