/** Who waits for whom, out of what ddb(4) answered: `show alllocks`, `ps`, the chains of locks, `show lock`, `show turnstile`. */
import { readDdbAnswer, type DdbLock, type DdbThread, type DdbThreads } from "./ddb-threads.js";
import type { Answer, Holding, WaitGraph, Waiting } from "./waits.js";

/**
 * A thread waits for a lock where the kernel says so, or where the address that it sleeps on is that of a lock that somebody holds. Of a
 * mutex `ps` has only the first seven characters: they count where just one held lock begins with them.
 */
export function readFreebsdWaits(answers: readonly Answer[]): WaitGraph {
  const read: DdbThreads = { byTid: new Map(), alone: new Map() };
  for (const answer of answers) readDdbAnswer(answer, read);
  const threads = joined(read);
  const holds = threads.flatMap((thread) => thread.locks.map((lock) => holdingOf(thread, lock)));
  const signs = signsOf(holds);
  const names = new Map(threads.map((thread) => [thread.tid, nameOf(thread)]));
  return { holds, waits: threads.flatMap((thread) => waitingOf(thread, signs, names)) };
}

/** A row of `ps` without a thread id is of the one thread that another answer says is in that process. */
function joined({ byTid, alone }: DdbThreads): readonly DdbThread[] {
  const byPid = new Map<number, DdbThread | undefined>();
  for (const thread of byTid.values())
    if (thread.pid !== undefined) byPid.set(thread.pid, byPid.has(thread.pid) ? undefined : thread);
  const rest: DdbThread[] = [];
  for (const row of alone.values()) {
    const thread = byPid.get(row.pid!);
    if (thread === undefined) {
      rest.push(row);
      continue;
    }
    thread.name = row.name;
    thread.wait ??= row.wait;
  }
  return [...byTid.values(), ...rest];
}

/** The locks that are held, by what a row of `ps` has of them: an address, or the beginning of a name. `undefined`: several. */
type Signs = ReadonlyMap<string, Holding | undefined>;

function signsOf(holds: readonly Holding[]): Signs {
  const signs = new Map<string, Holding | undefined>();
  for (const holding of holds) {
    if (holding.address !== undefined) signs.set(holding.address, holding);
    const sign = holding.lock.slice(0, 7).trimEnd();
    const isOther = signs.has(sign) && signs.get(sign)?.address !== holding.address;
    signs.set(sign, isOther ? undefined : holding);
  }
  return signs;
}

/** None, or one. What a thread sleeps on is most often no lock. */
function waitingOf(
  thread: DdbThread,
  signs: Signs,
  names: ReadonlyMap<number | undefined, string>,
): readonly Waiting[] {
  const { wait } = thread;
  if (wait === undefined) return [];
  const known = wait.isCut ? signs.get(wait.address ?? wait.lock) : undefined;
  if (wait.isCut && known?.thread === undefined) return [];
  const { lock, address } = known ?? wait;
  const holder = wait.holder === undefined ? undefined : names.get(wait.holder);
  return [
    {
      thread: nameOf(thread),
      lock,
      ...(address === undefined ? {} : { address }),
      ...(holder === undefined ? {} : { holder }),
    },
  ];
}

function holdingOf(thread: DdbThread, { name, address, at }: DdbLock): Holding {
  return {
    thread: nameOf(thread),
    lock: name,
    ...(address === undefined ? {} : { address }),
    ...(at === undefined ? {} : { at }),
  };
}

function nameOf({ name, tid, pid }: DdbThread): string {
  return `${name ?? "?"}/${tid ?? pid ?? 0}`;
}
