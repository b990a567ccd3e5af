/**
 * What ddb(4) says of threads and their locks, line by line. The texts are those of sys/ddb/db_ps.c, db_command.c, kern/subr_witness.c,
 * subr_turnstile.c, subr_lock.c, kern_mutex.c, kern_sx.c, kern_rwlock.c and kern_lock.c from 13 to 15.
 */

/** A lock as a line named it. */
export interface DdbLock {
  readonly name: string;
  readonly address?: string;
  readonly at?: string;
}

/** What a thread waits for, as far as one line said. */
interface DdbWait {
  /** Whole, or its first seven characters (`ps`). */
  readonly lock: string;
  readonly isCut: boolean;
  /** Of the lock, where the line says so. */
  readonly address?: string;
  /** The thread id of who holds it, where the kernel follows the chain itself. */
  holder?: number;
}

/** One thread, by its thread id. `ps` names only the process of one that is alone in it. */
export interface DdbThread {
  readonly tid: number | undefined;
  pid: number | undefined;
  name: string | undefined;
  readonly locks: DdbLock[];
  wait: DdbWait | undefined;
}

export interface DdbThreads {
  readonly byTid: Map<number, DdbThread>;
  /** Rows of `ps` that have no thread id. */
  readonly alone: Map<number, DdbThread>;
}

type Groups = Readonly<Record<string, string | undefined>>;

/** What the lines before said, for those that follow. */
interface Reading {
  readonly threads: DdbThreads;
  /** Whose locks are being listed. */
  owner: DdbThread | undefined;
  /** Who waits for the thread of the next line. */
  chained: DdbThread | undefined;
  /** The process whose threads `ps` lists. */
  pid: number | undefined;
  /** What `show lock` and `show turnstile` are about. */
  lock: DdbLock | undefined;
  /** Whether the threads of `show turnstile` wait. */
  waits: boolean;
}

const maxThreads = 4096;
const maxLocks = 64;

/** Adds what an answer says to what is known. */
export function readDdbAnswer(
  { question, lines }: { readonly question: string; readonly lines: readonly string[] },
  threads: DdbThreads,
): void {
  const asked = /^show (?:lock|lockmgr|mtx|sx|rwlock) (?:0x)?(?<address>[0-9a-f]{8,16})/.exec(
    question,
  )?.groups?.["address"];
  const lock = asked === undefined ? undefined : { name: "", address: `0x${asked}` };
  const reading: Reading = {
    threads,
    owner: undefined,
    chained: undefined,
    pid: undefined,
    lock,
    waits: false,
  };
  for (const line of lines) readLine(reading, line);
}

function readLine(reading: Reading, line: string): void {
  for (const { pattern, take } of shapes) {
    const groups = pattern.exec(line)?.groups;
    if (groups === undefined) continue;
    take(reading, groups);
    return;
  }
}

const person =
  '0x[0-9a-f]{1,16} \\(tid (?<tid>\\d{1,9}), pid (?<pid>\\d{1,9}), "(?<name>[^"]{0,64})"\\)';

const shapes: readonly { pattern: RegExp; take: (reading: Reading, groups: Groups) => void }[] = [
  // show alllocks
  {
    pattern:
      /^Process (?<pid>\d{1,9}) \((?<command>[^)]{0,64})\) thread 0x[0-9a-f]{1,16} \((?<tid>\d{1,9})\)/,
    take: (reading, { pid, tid, command }) => {
      reading.owner = threadOf(reading, tid!, pid);
      reading.owner.name ??= command;
    },
  },
  {
    pattern:
      /^(?:exclusive|shared) (?:sleep mutex|spin mutex|sleepable rm|\w{1,20}) (?<name>.{1,80}?)(?: \(.{1,80}?\))? r = \d{1,9} \((?<address>0x[0-9a-f]{1,16})\) locked @ (?<at>\S{1,300})/,
    take: ({ owner }, { name, address, at }) => {
      if (owner !== undefined) addLock(owner, { name: name!, address: address!, at: at! });
    },
  },
  // show lockchain, show sleepchain, show allchains
  {
    pattern:
      /^ ?thread (?<tid>\d{1,9}) \(pid (?<pid>\d{1,9}), (?<name>.{0,64}?)\) is (?:blocked on (?:lock (?<address>0x[0-9a-f]{1,16}) \([^)]{1,40}\) "(?<lock>[^"]{1,80})"|sx "(?<sx>[^"]{1,80})" (?:XLOCK|SLOCK)|lockmgr (?<lockmgr>.{1,80}?)(?:EXCL|SHARED))|\S)/,
    take: readChain,
  },
  { pattern: /^(?<chain>chain \d{1,9}:)/, take: (reading) => (reading.chained = undefined) },
  // ps
  {
    pattern: /^ {0,5}(?<pid>\d{1,9})(?: {1,6}\d{1,10}){3} {2}\S{1,6} {1,7}\(threaded\)/,
    take: (reading, { pid }) => (reading.pid = Number(pid)),
  },
  {
    pattern:
      /^ {0,5}(?<pid>\d{1,9})(?: {1,6}\d{1,10}){3} {2}\S{1,6} {1,7}(?<star>[* ])(?<message>.{7}) (?<channel>0x[0-9a-f]{8,16}) {2}(?<name>.{1,64})$/,
    take: (reading, groups) => readRow(aloneOf(reading, Number(groups["pid"])), groups),
  },
  {
    pattern:
      /^ {0,5}(?<tid>\d{1,9}) {19}\S{1,6} {1,7}(?<star>[* ])(?<message>.{7}) (?<channel>0x[0-9a-f]{8,16}) {2}(?<name>.{1,64})$/,
    take: (reading, groups) => {
      const thread = threadOf(reading, groups["tid"]!, undefined);
      thread.pid ??= reading.pid;
      readRow(thread, groups);
    },
  },
  // alltrace and bt
  {
    pattern:
      /^Tracing (?:command (?<command>.{1,64}?) )?pid (?<pid>\d{1,9}) tid (?<tid>\d{1,9}) td 0x/,
    take: (reading, { pid, tid, command }) => {
      threadOf(reading, tid!, pid).name ??= command;
    },
  },
  // show lock, show turnstile
  {
    pattern: /^ name: (?<name>.{1,80})$/,
    take: (reading, { name }) => {
      if (reading.lock !== undefined) reading.lock = { ...reading.lock, name: name! };
    },
  },
  {
    pattern: /^Lock: (?<address>0x[0-9a-f]{1,16}) - \([^)]{1,40}\) (?<name>.{1,80})$/,
    take: (reading, { address, name }) => (reading.lock = { name: name!, address: address! }),
  },
  {
    pattern: /^(?<queue>(?:Shared|Exclusive) Waiters):$/,
    take: (reading) => (reading.waits = true),
  },
  { pattern: /^(?<queue>Pending Threads):$/, take: (reading) => (reading.waits = false) },
  {
    pattern: new RegExp(`^(?: owner: | state: [XW]LOCK: |Lock Owner: )${person}`),
    take: (reading, groups) => {
      const thread = personOf(reading, groups);
      if (reading.lock) addLock(thread, reading.lock);
    },
  },
  {
    pattern: new RegExp(`^(?:\\t| {8})${person}`),
    take: (reading, groups) => {
      const { lock, waits } = reading;
      const thread = personOf(reading, groups);
      if (lock && waits) thread.wait = waitFor(lock.name, lock.address);
    },
  },
];

/** Several answers may name the same lock. */
function addLock({ locks }: DdbThread, lock: DdbLock): void {
  if (locks.length < maxLocks && !locks.some(({ address }) => address === lock.address))
    locks.push(lock);
}

/** The thread behind one that is blocked holds what that one waits for. In a deadlock the kernel goes round and round. */
function readChain(reading: Reading, groups: Groups): void {
  const thread = personOf(reading, groups);
  const { chained } = reading;
  if (chained?.wait !== undefined && thread.tid !== undefined) chained.wait.holder = thread.tid;
  const { lock, sx, lockmgr, address } = groups;
  const name = lock ?? sx ?? lockmgr;
  reading.chained = name === undefined ? undefined : thread;
  if (name !== undefined && thread.wait?.holder === undefined) thread.wait = waitFor(name, address);
}

/** A channel is the lock's own address, but for `*`: then it is the turnstile's. */
function readRow(thread: DdbThread, { star, message, channel, name }: Groups): void {
  thread.name = name!.replace(/^\[(.*)\]$/, "$1");
  if (thread.wait?.isCut === false) return;
  const address = star === "*" ? undefined : channel;
  thread.wait = { ...waitFor(message!.trimEnd(), address), isCut: true };
}

function waitFor(lock: string, address: string | undefined): DdbWait {
  return { lock, isCut: false, ...(address === undefined ? {} : { address }) };
}

function personOf(reading: Reading, { tid, pid, name }: Groups): DdbThread {
  const thread = threadOf(reading, tid!, pid);
  thread.name = name!;
  return thread;
}

/** Beyond the bound what is said goes to a thread that nobody looks at. */
function threadOf({ threads }: Reading, tid: string, pid: string | undefined): DdbThread {
  const id = Number(tid);
  const thread = threads.byTid.get(id) ?? newThread(id);
  if (pid !== undefined) thread.pid = Number(pid);
  if (threads.byTid.size < maxThreads) threads.byTid.set(id, thread);
  return thread;
}

function aloneOf({ threads }: Reading, pid: number): DdbThread {
  const thread = threads.alone.get(pid) ?? newThread(undefined);
  thread.pid = pid;
  if (threads.alone.size < maxThreads) threads.alone.set(pid, thread);
  return thread;
}

function newThread(tid: number | undefined): DdbThread {
  return { tid, pid: undefined, name: undefined, locks: [], wait: undefined };
}
