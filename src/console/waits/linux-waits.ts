/**
 * Who waits for whom, out of what a Linux kernel says of its tasks: its hung task detector, sysrq's `w`, `t` and `d`, and lockdep's
 * lists of held locks. The texts are those of kernel/hung_task.c, kernel/sched/core.c and kernel/locking/lockdep.c from 4.19 to 7.0.
 */
import { linuxMarks } from "../marks-linux.js";
import { parseFrame } from "../stack.js";
import type { Answer, Holding, WaitGraph, Waiting } from "./waits.js";

/** A task, as far as the lines said. */
interface Task {
  readonly thread: string;
  /** Its stack ends in a lock, or the kernel said that it waits. */
  isBlocked: boolean;
  /** The kernel's own word on who holds what it waits for. */
  holder: { readonly thread: string; readonly kind: string } | undefined;
  /** The function that asked for the lock: the first one under those of the lock itself. */
  asker: string | undefined;
  /** By lockdep, in the order in which they were taken. The one that a blocked task waits for is already the last of them. */
  locks: readonly Holding[];
}

/** A task's stack while it is read. */
interface ShownStack {
  readonly task: Task;
  /** Whether it ends in a lock. */
  readonly isInLock: boolean;
}

const maxTasks = 4096;
const maxLocks = 64;

export function readLinuxWaits(answers: readonly Answer[]): WaitGraph {
  const tasks = new Map<string, Task>();
  for (const { lines } of answers) readTasks(lines, tasks);
  return graphOf([...tasks.values()]);
}

const likelyOwned =
  /^INFO: task (?<name>.{1,32}):(?<pid>\d{1,7})(?: <\w{1,8}>)? (?:is )?blocked on an? (?<kind>[\w-]{1,20})(?: \w{1,20})? likely owned by task (?<holder>.{1,32}):(?<holderPid>\d{1,7})/;
/** Up to 5.9 the numbers had no names. */
const shownTask =
  /^(?:task:(?<name>.{1,16}?)\s{1,16}state:\w.{0,60}? pid:\s{0,6}(?<pid>\d{1,7})\b|(?<old>\S.{0,14}?) {1,16}[A-Z](?: {2}running task {4})? {0,5}\d{1,6} {1,6}(?<oldPid>\d{1,7}) {1,7}\d{1,7} 0x[0-9a-f]{8,16}$)/;
const heldBy = /^(?:\d{1,3} locks?|no locks) held by (?<name>.{1,32})\/(?<pid>\d{1,7})[:.]/;
const heldLock =
  /^ #\d{1,3}: (?:(?<address>[0-9a-f]{8,16}) )? ?\((?<lock>.{1,120}?)\)\{.{1,12}\}(?:-\{\d:\d\})?, at: (?:\[<.{1,24}>\] )?(?<at>[\w.$]{1,128})\+0x/;
/** What a task that waits for a lock is in. Every other sleep is none of a lock's. */
const lockFunctions =
  /^(?:__ww_mutex_lock\w*|_*(?:rt_)?mutex_lock\w*|rt_mutex_slowlock\w*|rwsem_down_(?:read|write)_(?:slowpath|failed)\w*|call_rwsem_down_\w+|_*down_(?:read|write)\w*|rwbase_(?:read|write)_lock\w*|percpu_down_\w+|_*down(?:_interruptible|_killable|_timeout|_common)?)$/;
const sleepFunctions =
  /^(?:__switch_to\w*|context_switch|__?schedule\w*|schedule\w*|rt_mutex_schedule|preempt_schedule\w*)$/;

function readTasks(lines: readonly string[], tasks: Map<string, Task>): void {
  let shown: ShownStack | undefined;
  let holder: Task | undefined;
  for (const line of lines) {
    const text = line.replace(linuxMarks.prefix!, "");
    const owned = likelyOwned.exec(text)?.groups;
    const stack = shownTask.exec(text)?.groups;
    const held = heldBy.exec(text)?.groups;
    const lock = heldLock.exec(text)?.groups;
    if (owned) readOwner(taskOf(tasks, owned["name"]!, owned["pid"]!), owned);
    else if (stack) shown = { task: shownTaskOf(tasks, stack), isInLock: false };
    else if (held) (holder = taskOf(tasks, held["name"]!, held["pid"]!)).locks = [];
    else if (lock && holder) addLock(holder, lock);
    else if (shown) shown = readStack(shown, text);
  }
}

function newTask(thread: string): Task {
  return { thread, isBlocked: false, holder: undefined, asker: undefined, locks: [] };
}

/** Beyond the bound what is said goes to a task that nobody looks at. */
function taskOf(tasks: Map<string, Task>, name: string, pid: string): Task {
  const thread = `${name}/${pid}`;
  const task = tasks.get(thread) ?? newTask(thread);
  if (tasks.size < maxTasks) tasks.set(thread, task);
  return task;
}

function shownTaskOf(tasks: Map<string, Task>, stack: Record<string, string | undefined>): Task {
  const { name, pid, old, oldPid } = stack;
  return taskOf(tasks, (name ?? old)!, (pid ?? oldPid)!);
}

function readOwner(
  task: Task,
  { holder, holderPid, kind }: Record<string, string | undefined>,
): void {
  task.isBlocked = true;
  task.holder = { thread: `${holder}/${holderPid}`, kind: kind! };
}

function addLock(task: Task, { lock, address, at }: Record<string, string | undefined>): void {
  if (task.locks.length >= maxLocks) return;
  const where = address === undefined ? {} : { address: `0x${address}` };
  task.locks = [...task.locks, { thread: task.thread, lock: lock!, ...where, at: at! }];
}

/**
 * The last stack of a task counts: it may have gone on since the one before.
 *
 * @returns `undefined` once the stack has said what the task is in
 */
function readStack({ task, isInLock }: ShownStack, text: string): ShownStack | undefined {
  const frame = parseFrame(text);
  if (frame === undefined || !frame.reliable) return { task, isInLock };
  if (sleepFunctions.test(frame.function)) return { task, isInLock };
  if (lockFunctions.test(frame.function)) return { task, isInLock: true };
  [task.isBlocked, task.asker] = [isInLock, isInLock ? frame.function : undefined];
  if (!isInLock) task.holder = undefined;
  return undefined;
}

/**
 * Lockdep enters a lock before it is had: the last one of a blocked task is what it waits for. A task whose stack is not known may have all
 * of its locks, so of lists alone no cycle comes.
 */
function graphOf(tasks: readonly Task[]): WaitGraph {
  const holds: Holding[] = [];
  const waits: Waiting[] = [];
  for (const task of tasks) {
    const wanted = task.isBlocked ? wantedBy(task) : undefined;
    if (wanted !== undefined) waits.push(wanted);
    holds.push(...task.locks.slice(0, task.isBlocked ? -1 : undefined));
  }
  return { holds, waits };
}

function wantedBy({ thread, locks, holder, asker }: Task): Waiting | undefined {
  const last = locks.at(-1);
  if (last !== undefined) return holder === undefined ? last : { ...last, holder: holder.thread };
  if (holder === undefined) return undefined;
  const lock = asker === undefined ? `a ${holder.kind}` : `the ${holder.kind} of ${asker}`;
  return { thread, lock, holder: holder.thread };
}
