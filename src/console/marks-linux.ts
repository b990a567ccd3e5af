/**
 * What a Linux console says that matters for a run. The texts are those of kernel/panic.c, init/main.c, kernel/reboot.c,
 * kernel/printk, mm/oom_kill.c arch/x86/kernel/dumpstack.c, arch/x86/mm/extable.c and arch/x86/boot as of 4.19 to 6.16; 6.1's were also seen on real guests.
 */
import type { LineRow, MarkRow, MarkTable, PromptRow, ReportRow, Signal } from "./marks.js";
import { linuxCallers } from "./callers-linux.js";
import { linuxArchBody, linuxArchRows } from "./marks-linux-arch.js";
import { linuxFaultRows } from "./marks-linux-faults.js";
import { linuxFindingRows } from "./marks-linux-findings.js";
import { linuxTasks } from "./task.js";
import { linuxPanicRows } from "./marks-linux-panics.js";
import { linuxReporters } from "./reporters-linux.js";
import { firmwareRows } from "./marks-firmware.js";

/** What a report has besides its first line; a test's echo of that line has none of it. */
const kernelSigns: readonly Signal[] = [
  { name: "cpu-and-task", pattern: /^CPU: \d+ (?:UID: \d+ )?PID: \d+ Comm: / },
  { name: "backtrace", pattern: /^(?:Call [Tt]race|Backtrace):/ },
  {
    name: "page-fault-code",
    pattern:
      /^#PF: |^PGD [0-9a-f]|^pgd = |^Mem abort info:|^Fa(?:iling address|ulting instruction address): /,
  },
  {
    name: "oops",
    pattern: /^[A-Z#a-z][\w #()-]{2,60}(?:, .{0,160})?(?:: .{0,80})? ?\[#\d{1,5}\]/,
  },
  {
    name: "registers",
    pattern:
      /^(?:[RE]IP: [0-9a-f]{4}:|pc : |PC is at |epc\s{0,3}: |NIP \[|\s{0,3}ERA: |Krnl PSW : )/,
  },
  { name: "modules", pattern: /^Modules linked in:/ },
  { name: "end-trace", pattern: /^---\[ end trace / },
  { name: "end-panic", pattern: /^---\[ end Kernel panic/ },
  { name: "rebooting", pattern: /^Rebooting in \d+ seconds/ },
  { name: "kernel-offset", pattern: /^Kernel Offset: / },
  { name: "memory-info", pattern: /^Mem-Info:/ },
  { name: "leaked-object", pattern: /^\s{1,4}comm ".{0,60}", pid -?\d/ },
  {
    name: "lock-details",
    pattern:
      /^(?:.{1,30} is (?:trying to (?:acquire|release|contend) lock|freeing memory)|but task is already holding lock|\d{1,4} locks? held by |inconsistent \{)/,
  },
  { name: "stall-details", pattern: /^\s{0,4}\((?:detected by \d|t=\d)/ },
];

const lineRows: readonly LineRow[] = [
  {
    kind: "line",
    name: "linux-version",
    class: "boot",
    severity: "info",
    pattern: /^(?<banner>Linux version \S{1,100} .{0,400})/,
    title: "Linux starts",
    identity: "$=banner",
    confirmedBy: ["command-line"],
  },
  {
    kind: "line",
    name: "init-runs",
    class: "init",
    severity: "info",
    pattern: /^Run (?<init>\/\S{1,100}) as init process/,
    title: "$init runs as init",
  },
  {
    kind: "line",
    name: "init-not-run",
    class: "boot-stuck",
    severity: "info",
    pattern: /^Failed to execute (?<init>\S{1,100}) \(error -\d+\)/,
    title: "Failed to execute $init",
  },
  {
    kind: "line",
    name: "kdb-entered",
    class: "debugger",
    severity: "fatal",
    pattern: /^Entering kdb \(.{1,100}due to (?<why>.{1,80})/,
    title: "kdb entered: $why",
  },
  {
    kind: "line",
    name: "unknown-nmi",
    class: "debugger",
    severity: "info",
    pattern: /^Uhhuh\. NMI received for unknown reason [0-9a-f]{2} on CPU \d+/,
    title: "NMI received",
  },
  {
    kind: "line",
    name: "kdump",
    class: "dump",
    severity: "info",
    pattern: /^(?:Starting crashdump kernel|kdump: saving |kdump\[\d+\]: saving )/,
    title: "crash dump",
  },
  {
    // arch/x86/boot/main.c: real mode, before anything is unpacked.
    kind: "line",
    name: "cpu-unfit",
    class: "boot-stuck",
    severity: "fatal",
    pattern: /^Unable to boot - please use a kernel appropriate for your CPU/,
    title: "the kernel needs another processor",
  },
  endRow("power-down", /^(?:reboot: )?Power down/, "power off"),
  endRow("halted", /^(?:reboot: )?System halted/, "halted"),
  endRow("restarting", /^(?:reboot: )?Restarting system/, "restart"),
  endRow("sysrq-reset", /^sysrq: (?:SysRq : )?Resetting/, "reset by sysrq"),
  endRow("panic-reboot", /^Rebooting in \d+ seconds/, "restart after a panic"),
];

function endRow(name: string, pattern: RegExp, title: string): LineRow {
  return { kind: "line", name, class: "end", severity: "info", pattern, title };
}

const promptRows: readonly PromptRow[] = [
  {
    // arch/x86/boot/compressed/error.c: the reason, an empty line, and these words without a line's end. Whatever unpacks the kernel
    // (gzip, xz, zstd, lz4 …), applies its relocations or places it gives its reasons so.
    kind: "prompt",
    name: "decompressor-halted",
    class: "boot-stuck",
    severity: "fatal",
    silent: true,
    pattern: /^ {0,2}-- System halted$/,
    after: /^(?<text>\S.{0,199})/,
    title: "the kernel could not be unpacked: $text",
  },
  {
    kind: "prompt",
    name: "login",
    class: "login",
    severity: "info",
    pattern: /^(?:[\w.-]{1,64} )?login: $/,
    title: "login prompt",
  },
  {
    kind: "prompt",
    name: "initramfs-shell",
    class: "boot-stuck",
    severity: "fatal",
    pattern: /^\(initramfs\) $/,
    title: "the initramfs waits at its shell",
  },
  {
    kind: "prompt",
    name: "maintenance-shell",
    class: "boot-stuck",
    severity: "fatal",
    pattern: /^(?:Give root password for maintenance|\(or press Control-D to continue\): $)/,
    title: "the maintenance shell waits",
  },
  {
    kind: "prompt",
    name: "kdb-prompt",
    class: "debugger",
    severity: "fatal",
    pattern: /^(?:\[\d{1,4}\])?kdb> $/,
    title: "kdb waits at its prompt",
  },
];

const rows: readonly MarkRow[] = [
  ...firmwareRows,
  ...lineRows,
  ...promptRows,
  ...linuxPanicRows,
  ...linuxArchRows,
  ...linuxFaultRows,
  ...linuxFindingRows,
].map((row) =>
  row.kind === "report" ? { ...row, confirmedBy: row.confirmedBy ?? confirmations(row) } : row,
);

/** A panic behind a finding is a sign of it, but not one of itself. */
function confirmations(row: ReportRow): readonly string[] {
  const names = kernelSigns.map((sign) => sign.name);
  return linuxPanicRows.includes(row) ? names : [...names, "panic"];
}

export const linuxMarks: MarkTable = {
  // "<3>[   12.345678][   T12] ": level (only in raw dumps), time, CONFIG_PRINTK_CALLER's task or processor.
  prefix: /^(?:<\d{1,3}>)?(?:\[ {0,12}\d{1,12}\.\d{6}\])(?:\[ {0,10}(?<caller>[TC]\d{1,10})\])? ?/,
  prefixInside: /\[ {0,12}\d{1,12}\.\d{6}\](?:\[ {0,10}(?<caller>[TC]\d{1,10})\])? /,
  // A level as /dev/kmsg and systemd take it, or syslog's date and host.
  daemonPrefix:
    /^(?:<\d{1,3}>|(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]{8,15}(?:[+-]\d\d:?\d\d|Z)) [\w.-]{1,64} kernel: |kernel: )/,
  rows,
  opener: /^(?:------------\[ cut here \]-|8<--- cut here ---|={20}|-{20}$)/,
  body: linuxBody(),
  findingBody: undefined,
  signals: [
    ...kernelSigns,
    {
      name: "command-line",
      pattern:
        /^(?:Command line: |KERNEL supported cpus:|Machine model: |BIOS-provided |random: crng)/,
    },
    { name: "panic", pattern: /^Kernel panic - not syncing: / },
  ],
  ends: /^---\[ end Kernel panic/,
  settles: /^(?:<\/TASK>|\s<\/TASK>|---\[ end trace )/,
  stackStart: /^(?:Call [Tt]race:|Backtrace:|NMI backtrace for cpu \d)/,
  otherStack:
    /^(?:(?:Allocated|Freed|allocated|freed) by (?:task|thread|interrupt)|(?:INFO: )?(?:Allocated|Freed) in |(?:Last potentially related|Second to last potentially related) work creation|Uninit was |Local variable |Preemption disabled at:|-> #\d|page last |page_owner |kfence-#)/,
  reporters: linuxReporters,
  tasks: linuxTasks,
  callers: linuxCallers,
};

/** Everything that the reports of the rows above consist of, beside frames. */
function linuxBody(): RegExp {
  const words = [
    "\\s|={20}|-{20}|---\\[",
    "CPU: |Hardware name: |Call [Tt]race|Modules linked in|Workqueue: |Unloaded tainted|Tainted: ",
    "[RE][A-Z0-9]{1,3}: |[CD]R\\d|FS: |CS: |PKRU|Code: |pstate: |pc : |lr : |sp : |x\\d{1,2}\\s?: ",
    "#PF: |PGD |Oops: |Internal error|invalid opcode|SMP|PREEMPT|Kernel (?:panic|Offset)|Rebooting in",
    "(?:Read|Write) (?:of size|at)|(?:read|write) to|Allocated by|Freed by|The buggy|Memory state|>?[0-9a-f]{8,16}: |page:|flags: |raw: |which belongs|head:",
    "(?:hard|soft)irqs |irq event|INFO: lockdep|other info|the existing|stack backtrace|but task|which lock|and the |lock: |\\d+ locks? held|#\\d+: |[0-9a-f]{16} \\(|-> #\\d|.{1,40} is trying to acquire|.{1,40}is (?:exiting|holding)",
    "task:|Sending NMI|NMI backtrace|rcu: |watchdog: |Kernel Offset|Showing busy|workqueue |pool \\d",
    "Mem-Info|active_anon|Node \\d|lowmem_reserve|\\d+ (?:total )?pages|Free swap|Total swap|Tasks state|\\[ {0,8}\\w{1,10} {0,8}\\]|oom-kill:|(?:Memory cgroup out|Out) of memory|memory: usage|swap: usage|Memory cgroup stats|\\w{1,30} \\d{1,20}$",
    ...linuxArchBody,
  ];
  return new RegExp(`^(?:${words.join("|")})`);
}
