/**
 * The counters of a kernel with state: since boot and over all processes. Both kernels have them by the same names, Linux in
 * /proc/twq/stats and FreeBSD under the sysctl kern.twq.
 */
export interface TwqStats {
  /** Processors online. */
  readonly width: number;
  readonly counters: TwqCounters;
}

/** Calls that succeeded, records that were made and dropped, and what there is now. */
export type TwqCounters = Readonly<Record<TwqCounter, number>>;

/** `init_count`, or `bucket_req_total[3]` for one of six buckets. */
export type TwqCounter = (typeof counts)[number] | `${(typeof bucketCounts)[number]}[${number}]`;

const counts = [
  "init_count",
  "setup_dispatch_count",
  "thread_enter_count",
  "thread_return_count",
  "thread_transfer_count",
  "reqthreads_count",
  "should_narrow_count",
  "should_narrow_true_count",
  "proc_alloc_count",
  "proc_free_count",
  "thread_state_alloc_count",
  "thread_state_free_count",
] as const;

/** Not `bucket_active_current`: it says also which threads are blocked, which is nothing that calls decide. */
const bucketCounts = [
  "bucket_thread_enter_total",
  "bucket_req_total",
  "bucket_admit_total",
  "bucket_thread_return_total",
  "bucket_total_current",
  "bucket_idle_current",
] as const;

const BUCKETS = 6;

const names: readonly TwqCounter[] = [
  ...counts,
  ...bucketCounts.flatMap((name) =>
    Array.from({ length: BUCKETS }, (_, bucket) => `${name}[${bucket}]` as const),
  ),
];

export const noCounts: TwqCounters = countersOf(() => 0);

/** Where a guest has them: for `guest.counters` and the step `counters`. */
export const counterSources = { linux: "/proc/twq/stats", freebsd: "kern.twq.*" } as const;

/**
 * @param values by the counter's name; of the buckets all six
 * @throws Error when a counter is missing
 * @example twqStats((await guest.counters(counterSources.linux, callAll)).after).counters.proc_alloc_count
 */
export function twqStats(
  values: Readonly<Record<string, number | bigint | readonly (number | bigint)[]>>,
): TwqStats {
  const read = (name: string): number => {
    const [, whole = "", bucket = 0] = /^(\w+)(?:\[(\d)\])?$/.exec(name)!;
    const value = [values[whole]].flat()[Number(bucket)];
    if (value === undefined) throw new Error(`the kernel has no counter ${name}`);
    return Number(value);
  };
  return { width: read("width"), counters: countersOf(read) };
}

/** Counters that change, by how much. */
export type TwqCounts = Readonly<Partial<Record<TwqCounter, number>>>;

export function addCounts(counters: TwqCounters, more: TwqCounts): TwqCounters {
  const names = Object.keys(more) as TwqCounter[];
  const sums = names.map((name) => [name, counters[name]! + more[name]!]);
  return { ...counters, ...(Object.fromEntries(sums) as TwqCounters) };
}

function countersOf(count: (name: TwqCounter) => number): TwqCounters {
  return Object.fromEntries(names.map((name) => [name, count(name)])) as TwqCounters;
}
