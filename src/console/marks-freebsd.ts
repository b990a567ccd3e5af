/**
 * What a FreeBSD console says that matters for a run: loader, kernel, rc and the debugger. The texts are those of stand/,
 * kern_shutdown.c, subr_witness.c, the trap.c of each architecture, vfs_mountroot.c, kern_linker.c and init(8) as of 13 to 15; those
 * of 13.1 and 15.0 were also seen on real guests.
 */
import { freebsdFindingRows } from "./marks-freebsd-findings.js";
import { freebsdLineRows, freebsdPromptRows } from "./marks-freebsd-lines.js";
import { freebsdReportRows } from "./marks-freebsd-reports.js";
import type { MarkTable } from "./marks.js";
import { firmwareRows } from "./marks-firmware.js";
import { freebsdReporters } from "./reporters-freebsd.js";
import { freebsdTasks } from "./task.js";

export const freebsdMarks: MarkTable = {
  prefix: undefined,
  prefixInside: undefined,
  daemonPrefix: undefined,
  rows: [
    ...firmwareRows,
    ...freebsdLineRows,
    ...freebsdPromptRows,
    ...freebsdReportRows,
    ...freebsdFindingRows,
  ],
  opener: undefined,
  body: freebsdBody(),
  findingBody: freebsdFindingBody(),
  signals: [
    { name: "cpuid", pattern: /^cpuid = \d/ },
    { name: "time", pattern: /^time = \d/ },
    {
      name: "backtrace",
      pattern: /^(?:KDB: stack backtrace|stack backtrace:|db_trace_self|#0 0x[0-9a-f]+ (?:at|in) )/,
    },
    { name: "debugger", pattern: /^KDB: enter: / },
    { name: "stopped", pattern: /^Stopped at\s/ },
    { name: "thread", pattern: /^\[ thread pid \d+ tid \d+ \]/ },
    {
      name: "trap-frame",
      pattern:
        /^(?:(?:fault virtual address|instruction pointer|fault code|trap number|current process)\s| {3}exception {7}= 0x|trapframe: 0x)/,
    },
    { name: "registers", pattern: /^ {0,6}(?:rip|rdi|eip|rax|x0|far|elr|ra|sepc)\s?[:= ]/ },
    { name: "lock", pattern: /^ 1st 0x[0-9a-f]+ / },
    { name: "lock-place", pattern: /^ 1st .{1,80} @ / },
    { name: "locks-held", pattern: /^(?:exclusive|shared) .{1,120} locked @ / },
    { name: "lock-mode", pattern: /^while (?:exclusively|share) locked from / },
    { name: "allocation", pattern: /^Allocation backtrace:/ },
    { name: "panic", pattern: /^panic: / },
    { name: "uptime", pattern: /^Uptime: / },
    { name: "dump", pattern: /^Dumping \d+ (?:out of \d+ )?[KMG]?B/ },
    { name: "automatic-reboot", pattern: /^Automatic reboot in \d+ seconds/ },
    { name: "rebooting", pattern: /^Rebooting\.\.\./ },
    { name: "loader-key", pattern: /^--> Press a key on the console to reboot <--/ },
  ],
  ends: /^(?:Automatic reboot in |Rebooting\.\.\.|The operating system has halted|--> Press a key on the console)/,
  settles: undefined,
  stackStart: undefined,
  otherStack: undefined,
  reporters: freebsdReporters,
  tasks: freebsdTasks,
  callers: undefined,
};

/** Everything that findings consist of, beside frames: locks, and the lines above and between backtraces. */
function freebsdFindingBody(): RegExp {
  return new RegExp(
    [
      "^(?: (?:1st|2nd|3rd) |lock order .{1,200} (?:established|attempted) at:|(?:KDB: )?stack backtrace",
      "(?:Allocation|Free) backtrace:| ?#\\d|--- |(?:exclusive|shared) .{1,200} @ |while (?:exclusively|share) locked from )",
    ].join("|"),
  );
}

/** Everything that the reports of the rows above consist of, beside frames. */
function freebsdBody(): RegExp {
  return new RegExp(
    [
      "^(?:\\s|cpuid = |time = |KDB: |stack backtrace|--- |#\\d|\\w{1,64}\\(\\) at ",
      "Uptime: |Dumping |Dump |Automatic reboot|Rebooting|\\[ thread |Stopped at |db> |Tracing |Syncing|Giving up",
      "panic: |Fatal |fault |instruction pointer|stack pointer|frame pointer|code segment|processor eflags|current process|trap number|interrupt enabled|kernel trap",
      "r(?:ip|sp|bp|[a-ds][xip]|\\d{1,2})\\s?[:=]|[er][a-z0-9]{1,2} = |x\\d{1,2}: |sp: |lr: |elr: |spsr: |far: |esr: |tf_|cr\\d",
      "trapframe: |FSR=|exclusive |shared |lock order |while |with |locked from |Locked |@ )",
    ].join("|"),
  );
}
