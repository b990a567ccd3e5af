/**
 * What else a Linux kernel complains about and goes on. The order matters: the first row that matches is taken, so the general `BUG:`
 * comes last.
 */
import { finding, symbol } from "./report-rows.js";
import { linuxLockRows } from "./marks-linux-locks.js";
import { linuxLockupRows } from "./marks-linux-lockups.js";
import { linuxSanitizerRows } from "./marks-linux-sanitizers.js";
import type { ReportRow } from "./marks.js";

/**
 * lib/bug.c and kernel/panic.c: `WARNING: CPU: 0 PID: 77 at a.c:1 f+0x…` up to 6.18, `WARNING: [cond] a.c:1 at f+0x…, CPU#0: agent/77`
 * since; `at a.c:1 f+0x…()` up to 3.10, `at a.c:1` from a trap of that time; without file and line in a kernel without verbose BUG().
 * The function may be an address: it is then on the `RIP:` line.
 */
const warning = new RegExp(
  `^WARNING: (?:\\[.{1,200}\\] )?(?:CPU: \\d{1,5} PID: \\d{1,10} )?(?:at )?(?:[\\w./+-]{1,200}:\\d{1,6}(?: at | |$))?(?:(?<=:\\d{1,6})$|${symbol}\\+0x|0x[0-9a-f]|[0-9a-f]{8,16}\\b|\\S{1,20}ptrval)`,
);

const warningRows: readonly ReportRow[] = [
  finding("warning", "warning", warning, "WARNING[ in $frame]"),
  finding(
    "unwinder",
    "warning",
    /^WARNING: (?<what>kernel stack (?:regs|frame pointer)|can't (?:access|dereference) registers|stack (?:recursion|going in the wrong direction)|unrecognized unwind stack type|bad lookup)\b/,
    "WARNING: $what[ has bad $value]",
    { frames: "none", details: { value: / has bad (value|'\w{1,8}' value)/ } },
  ),
];

const memoryRows: readonly ReportRow[] = [
  finding("oom", "memory", /^\S.{0,60} invoked oom-killer: /, "out of memory[: killed $#killed]", {
    details: {
      killed: /^(?:Memory cgroup out|Out) of memory: Killed process \d+ \(([^)]{1,60})\)/,
    },
  }),
  finding(
    "oom-kill",
    "memory",
    /^(?:Memory cgroup out|Out) of memory: Killed process \d+ \((?<killed>[^)]{1,60})\)/,
    "out of memory: killed $#killed",
    { frames: "none", part: true },
  ),
  finding(
    "allocation-failure",
    "memory",
    /^\S.{0,60}: (?:page allocation failure: order:\d|vmemmap alloc failure: order:\d|vmalloc error: size \d|vmalloc: allocation failure)/,
    "page allocation failure[ in $frame]",
  ),
  finding(
    "kmemleak",
    "memory",
    /^kmemleak: \d{1,10} new suspected memory leaks/,
    "kmemleak: new suspected memory leaks",
    { frames: "none" },
  ),
  // Of kmemleak, which says so itself where it is verbose; else a tool shows its file.
  finding(
    "memory-leak",
    "memory",
    /^(?:BUG: memory leak\s{0,2}$|unreferenced (?:percpu )?object 0x[0-9a-f]{1,16} \(size \d)/,
    "memory leak[ in $frame]",
    { bursts: true },
  ),
];

const bugRows: readonly ReportRow[] = [
  finding(
    "atomic-sleep",
    "bug",
    /^BUG: sleeping function called from invalid context/,
    "BUG: sleeping function called from invalid context[ in $frame]",
  ),
  finding(
    "atomic-schedule",
    "bug",
    /^BUG: scheduling while atomic/,
    "BUG: scheduling while atomic[ in $frame]",
  ),
  finding(
    "preemptible",
    "bug",
    /^BUG: using (?<what>\w{1,60}(?:\(\))?) in preemptible/,
    "BUG: using $what in preemptible code[ in $frame]",
    { details: { place: /^caller is ([\w.$]{1,512})\+0x/ } },
  ),
  finding(
    "bad-page",
    "bug",
    /^BUG: Bad page (?<what>state|map|cache) in process /,
    "BUG: Bad page $what[ in $frame]",
    // Whose page it is says more than who came upon it, where the kernel keeps the owners of pages.
    { frames: /^(?:page last allocated via |Call [Tt]race:)/ },
  ),
  finding(
    "mm-counters",
    "bug",
    /^BUG: (?<what>Bad rss-counter state|non-zero \w{1,30} on freeing mm)/,
    "BUG: $what",
    { frames: "none", bursts: true },
  ),
  finding(
    "dentry",
    "bug",
    /^BUG: Dentry .{1,200} still in use /,
    "BUG: Dentry still in use[ in $frame]",
    { leadsTo: ["warning", "kernel-bug"] },
  ),
  finding(
    "busy-inodes",
    "bug",
    /^VFS: Busy inodes after unmount of /,
    "VFS: Busy inodes after unmount",
    { frames: "none" },
  ),
  finding("file-count", "bug", /^VFS: Close: file count is 0/, "VFS: Close: file count is 0", {
    frames: "none",
  }),
  finding(
    "bad-swap",
    "bug",
    /^(?:swap_info_get|swap_dup|swap_free|_swap_info_get|get_swap_device): (?:Bad|Unused) swap /,
    "Bad swap entry[ in $frame]",
    { bursts: true },
  ),
  finding(
    "page-poison",
    "bug",
    /^pagealloc: (?<what>memory corruption|single bit error)/,
    "pagealloc: $what[ in $frame]",
  ),
  // What is registered twice, or freed while it is in use: each prints a backtrace and goes on.
  finding(
    "sysfs-duplicate",
    "bug",
    /^sysfs: cannot create duplicate filename /,
    "sysfs: cannot create duplicate filename[ in $frame]",
  ),
  finding(
    "kobject",
    "bug",
    /^kobject: .{1,120}(?<what>tried to (?:init an initialized|add an uninitialized) object|invalid kobject pointer|must have a ktype)/,
    "kobject: $what[ in $frame]",
  ),
  finding(
    "sysctl",
    "bug",
    /^sysctl (?<what>table check failed|duplicate entry|could not get directory|link missing during unregister):/,
    "sysctl $what[ in $frame]",
  ),
  finding(
    "neighbour",
    "bug",
    /^neighbour: Destroying alive neighbour /,
    "neighbour: Destroying alive neighbour[ in $frame]",
  ),
  finding(
    "irq-not-handled",
    "bug",
    /^irq (?:event )?\d{1,6}: (?<what>nobody cared|bogus return value)/,
    "irq: $what",
  ),
  finding(
    "slab",
    "bug",
    /^BUG (?<cache>[\w:.-]{1,60})(?: \((?:Not t|T)ainted.{0,60}\))?: (?!kasan: )(?<what>.{1,80})/,
    "BUG $=cache: $what",
  ),
  finding("bug", "bug", /^BUG: (?<what>[^:,]{1,100})/, "BUG: $what[ in $frame]"),
];

export const linuxFindingRows: readonly ReportRow[] = [
  ...linuxSanitizerRows,
  ...linuxLockRows,
  ...linuxLockupRows,
  ...warningRows,
  ...memoryRows,
  ...bugRows,
];
