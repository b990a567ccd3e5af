/** The twin's counters, as `/proc/twq_stats` has them: since boot and over all processes. */
export interface TwqStats {
  /** Processors online. */
  readonly width: number;
  readonly counters: TwqCounters;
}

/** Calls that succeeded, and records that were made and dropped. */
export type TwqCounters = Readonly<Record<TwqCounter, number>>;

const names = [
  "init",
  "enter",
  "return",
  "request",
  "narrow",
  "dispatch",
  "proc_alloc",
  "proc_free",
  "thread_alloc",
  "thread_free",
] as const;

export type TwqCounter = (typeof names)[number];

export const noCounts: TwqCounters = countersOf(() => 0);

/**
 * @throws Error when a counter is missing
 * @example parseTwqStats(await guest.readFile("/proc/twq_stats")).counters.proc_alloc
 */
export function parseTwqStats(text: string): TwqStats {
  const lines = new Map(
    [...text.matchAll(/^(\w+) (\d+)$/gm)].map(([, name, value]) => [name, value]),
  );
  const count = (name: string): number => {
    const value = lines.get(name);
    if (value === undefined) throw new Error(`/proc/twq_stats has no line "${name} N": ${text}`);
    return Number(value);
  };
  return { width: count("width"), counters: countersOf(count) };
}

/** The counters with some of them greater. */
export function addCounts(
  counters: TwqCounters,
  more: Readonly<Partial<Record<TwqCounter, number>>>,
): TwqCounters {
  return countersOf((name) => counters[name] + (more[name] ?? 0));
}

function countersOf(count: (name: TwqCounter) => number): TwqCounters {
  return Object.fromEntries(names.map((name) => [name, count(name)])) as Record<TwqCounter, number>;
}
