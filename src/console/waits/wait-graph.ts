import type { GuestFamily } from "../../base/family.js";
import { fillTitle } from "../titles.js";
import { readFreebsdWaits } from "./freebsd-waits.js";
import { readLinuxWaits } from "./linux-waits.js";
import type { Answer, Holding, WaitGraph, Waiting } from "./waits.js";

/**
 * Who holds what and who waits for what, as far as the answers say so. What they do not say is not guessed. Never throws; takes at
 * most some thousand threads and locks.
 */
export function readWaits(family: GuestFamily, answers: readonly Answer[]): WaitGraph {
  return readers[family](answers);
}

const readers: Readonly<Record<GuestFamily, (answers: readonly Answer[]) => WaitGraph>> = {
  freebsd: readFreebsdWaits,
  linux: readLinuxWaits,
};

/** A thread of a cycle: it holds what the one before it waits for. */
interface Link {
  readonly holds: string;
  readonly waiting: Waiting;
}

/**
 * The title of a deadlock: a cycle of threads of which each holds what the one before it waits for. The same in the next run:
 * without process ids and addresses, and beginning with the same thread whoever was read first.
 *
 * @returns `undefined` where nobody waits in a cycle; of several cycles the first title in alphabetical order
 * @example
 * // "deadlock: agent holds X and waits for Y, agent holds Y and waits for X"
 */
export function deadlockTitle(graph: WaitGraph): string | undefined {
  return cyclesOf(graph)
    .map((cycle) => `deadlock: ${cycleText(cycle.map(textOf))}`)
    .sort()[0];
}

/** A thread waits for one lock at a time, so whoever is followed from holder to holder meets at most one cycle. */
function cyclesOf({ holds, waits }: WaitGraph): readonly (readonly Link[])[] {
  const waitOf = new Map(waits.map((waiting) => [waiting.thread, waiting]));
  const holderOf = holdersByLock(holds);
  const next = (waiting: Waiting): Waiting | undefined =>
    waitOf.get(waiting.holder ?? holderOf.get(lockKey(waiting)) ?? "");
  const seen = new Set<Waiting>();
  const cycles: (readonly Link[])[] = [];
  for (const start of waitOf.values()) {
    const path: Waiting[] = [];
    let at: Waiting | undefined = start;
    while (at !== undefined && !seen.has(at)) {
      seen.add(at);
      path.push(at);
      at = next(at);
    }
    const from = at === undefined ? -1 : path.indexOf(at);
    if (from >= 0) cycles.push(linksOf(path.slice(from)));
  }
  return cycles;
}

function linksOf(cycle: readonly Waiting[]): readonly Link[] {
  return cycle.map((waiting, index) => ({ holds: cycle.at(index - 1)!.lock, waiting }));
}

/** A lock that several threads hold (a reader's) has no holder whose waiting would be the cause. */
function holdersByLock(holds: readonly Holding[]): ReadonlyMap<string, string> {
  const holders = new Map<string, string | undefined>();
  for (const holding of holds) {
    const key = lockKey(holding);
    const isShared = holders.has(key) && holders.get(key) !== holding.thread;
    holders.set(key, isShared ? undefined : holding.thread);
  }
  return new Map(
    [...holders].flatMap(([key, thread]) => (thread === undefined ? [] : [[key, thread]])),
  );
}

/** Locks of one name are many, so the address counts where it is known. */
function lockKey({ lock, address }: Holding): string {
  return address ?? lock;
}

function textOf({ holds, waiting }: Link): string {
  const who = waiting.thread.replace(/\/\d+$/, "");
  return fillTitle("$#who holds $=held and waits for $=wanted", {
    who,
    held: nameOf(holds),
    wanted: nameOf(waiting.lock),
  });
}

/** Lockdep numbers the classes of one name: `i_mutex_key#8`, and nested ones `/1`. */
function nameOf(lock: string): string {
  return lock.replace(/#\d{1,4}\b/g, "");
}

/** Of a longer cycle the rest is counted. */
const shownLinks = 4;

/** The same whoever is first: of all turns of the cycle the first in alphabetical order. */
function cycleText(texts: readonly string[]): string {
  const twice = [...texts, ...texts.slice(0, shownLinks)];
  const turns = texts.map((_, at) => twice.slice(at, at + Math.min(shownLinks, texts.length)));
  const [first] = turns.map((turn) => turn.join(", ")).sort();
  return texts.length > shownLinks ? `${first!}, and ${texts.length - shownLinks} more` : first!;
}
