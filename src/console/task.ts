/** The thread that a report is about, as far as the kernel says so. */
export interface Task {
  readonly cpu?: number;
  readonly pid?: number;
  /** FreeBSD's thread id. */
  readonly tid?: number;
  /** Linux' comm, FreeBSD's name of the process. */
  readonly name?: string;
}

/**
 * Adds what a line of a report says of its thread. What was said first stays: a report names the guilty thread before those that
 * it waits for.
 *
 * @param patterns with the named groups `cpu`, `pid`, `tid`, `name`
 * @example readTask({}, "CPU: 1 PID: 77 Comm: agent Not tainted 6.1.0", linuxTasks) // { cpu: 1, pid: 77, name: "agent" }
 */
export function readTask(known: Task, line: string, patterns: readonly RegExp[]): Task {
  for (const pattern of patterns) {
    const { cpu, pid, tid, name } = pattern.exec(line)?.groups ?? {};
    if (pid !== undefined && known.pid !== undefined && Number(pid) !== known.pid) continue;
    known = {
      ...(cpu === undefined ? {} : { cpu: Number(cpu) }),
      ...(pid === undefined ? {} : { pid: Number(pid) }),
      ...(tid === undefined ? {} : { tid: Number(tid) }),
      ...(name === undefined ? {} : { name }),
      ...known,
    };
  }
  return known;
}

/** Linux: `dump_stack_print_info`, which every report with registers or a backtrace prints, then what comes before it. */
export const linuxTasks: readonly RegExp[] = [
  /^CPU: (?<cpu>\d{1,5}) (?:UID: \d{1,10} )?PID: (?<pid>\d{1,10}) Comm: (?<name>.{0,64}?) (?:Kdump: |Not tainted|Tainted:)/,
  // Before 3.10.
  /^Pid: (?<pid>\d{1,10}), comm: (?<name>.{0,64}?) (?:Not tainted|Tainted:)/,
  /^(?:Read|Write) of size \d{1,10} at addr \S{1,20} by task (?<name>.{0,64})\/(?<pid>\d{1,10})$/,
  /^INFO: task (?<name>.{0,64}):(?<pid>\d{1,10}) (?:blocked|is blocked|can't die)/,
  /BUG: soft lockup - CPU#(?<cpu>\d{1,5}) stuck for \d{1,6}s! \[(?<name>.{0,64}):(?<pid>\d{1,10})\]/,
  /^(?<name>\S.{0,63})\/(?<pid>\d{1,10}) is (?:trying to (?:acquire|release) lock|freeing memory|exiting with locks)/,
  /^BUG: (?:scheduling while atomic|using \w{1,40}\(\) in preemptible \[\d{1,10}\] code): (?<name>.{0,64}?)\/(?<pid>\d{1,10})/,
];

/** FreeBSD: `trap_fatal` and `panic`, the debugger's first line, and the propagation of a priority. */
export const freebsdTasks: readonly RegExp[] = [
  /^cpuid = (?<cpu>\d{1,5})\b/,
  /^current process\s{0,8}= (?<pid>\d{1,10}) \((?<name>[^)]{0,64})\)/,
  /^\[ thread pid (?<pid>\d{1,10}) tid (?<tid>\d{1,10}) \]/,
  /^Sleeping thread \(tid (?<tid>\d{1,10}), pid (?<pid>\d{1,10})\)/,
];
