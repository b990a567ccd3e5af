/** The words that a FreeBSD kernel panics with, where the whole sentence is no good title; all others are the last row's. */
import type { MarkClass } from "./events.js";
import type { ReportRow } from "./marks.js";

/**
 * "panic: " also stands in harmless text (a sysctl's name, an rc.conf, a test's title), so the lines that vpanic() prints right
 * behind it have to confirm it. `Uptime:` and `Rebooting...` do not: a clean shutdown prints them too.
 */
const panicSigns = [
  "cpuid",
  "time",
  "backtrace",
  "thread",
  "stopped",
  "dump",
  "automatic-reboot",
  "loader-key",
];

const panicHead = "panic: ";

export const freebsdPanicRows: readonly ReportRow[] = [
  // subr_asan.c, subr_msan.c, kern_ubsan.c
  panic(
    "asan",
    "sanitizer",
    /^panic: ASan: Invalid access, \d+-byte (?<access>read|write) at [^\s,]{1,40}(?:, (?<kind>\w{1,60}))?/,
    "ASan: invalid $access[, $kind][ in $frame]",
  ),
  panic(
    "msan",
    "sanitizer",
    /^panic: MSan: [Uu]ninitialized (?<what>(?:\w{1,40} )?(?:memory|variable))/,
    "MSan: uninitialized $what[ in $frame]",
  ),
  panic(
    "ubsan",
    "sanitizer",
    /^panic: UBSan: Undefined Behavior in (?<file>[^\s,]{1,300}), (?<what>.{1,120})/,
    "UBSan: $what in $file",
  ),
  // vfs_mountroot.c, init_main.c
  panic("no-root", "boot-stuck", /^panic: mountroot: /, "panic: mountroot: unable to mount root"),
  panic("no-init", "boot-stuck", /^panic: no init/, "panic: no init"),
  // What only follows from what the kernel has just printed: WITNESS, the adaptive locks, the trap handlers.
  {
    ...panic(
      "panic-consequence",
      "panic",
      /^panic: (?<text>witness_warn|(?:excl|share)->\w{1,8}|lock marked norelease|Thread \S{1,20} cannot exit while holding sleeplocks|spin lock held too long|sleeping thread\b.{0,100})/,
      "panic: $~text[ in $where]",
    ),
    consequence: true,
  },
  // kern_clock.c's deadlkres and the watchdogs: the backtrace is the detector's own.
  panic(
    "deadlock-detected",
    "lockup",
    /^panic: (?<symbol>deadl\w{1,40}): possible deadlock detected (?:for [^\s,]{1,20}(?: \((?<who>[^)]{1,60})\))?|on (?<lock>\w{1,60}))/,
    "panic: $symbol: possible deadlock detected[ for $who][ on $lock]",
  ),
  panic("watchdog", "lockup", /^panic: (?<text>watchdog .{1,80})/, "panic: $text"),
  panic(
    "machine-check",
    "trap",
    /^panic: (?:Unrecoverable machine|Machine) check exception/,
    "panic: machine check exception",
  ),
  panic("nmi-panic", "panic", /^panic: (?<text>NMI(?: indicates .{1,60})?)\s*$/, "panic: $text"),
  // uma_dbg.c: who finds it has only allocated the memory next; the zone or the last user's type is what is known.
  panic(
    "use-after-free",
    "memory",
    /^panic: Memory modified after free \S{1,20} ?\(\d{1,9}(?:, (?<zone>[^,)]{1,60}))?/,
    "panic: Memory modified after free[ of $=zone]",
  ),
  panic("bad-pte", "panic", /^panic: bad pte\b/, "panic: bad pte[ in $where]"),
  // arm64/trap.c, riscv/trap.c, powerpc/trap.c: a trap's address and its syndrome are no part of its name.
  {
    ...panic(
      "trap-panic",
      "trap",
      /^panic: (?<text>vm_fault failed|Fatal page fault|Fatal abort|Memory access exception|Misaligned (?:access|address exception)|Illegal instruction|Undefined instruction|Unhandled (?:EL[01] (?:instruction |data )?abort|external data abort|System Error|exception)|Unknown kernel exception|(?:FPAC kernel|Branch Target|VFP) exception|data abort (?:with spinlock held|in critical section)|\w[\w ]{1,40} trap\s*$)/,
      "panic: $text[ in $frame]",
    ),
    address: /^panic: (?:vm_fault failed:|Fatal page fault at|.{1,60} at) 0?x?([0-9a-f]{8,16})\b/,
  },
  panic(
    "panic",
    "panic",
    /^panic: (?<text>(?:(?<symbol>[A-Za-z_]\w{1,63})(?:\(\))?: )?.{0,600}[^.\s]|)/,
    "panic: $~text[ in $where]",
  ),
];

function panic(name: string, markClass: MarkClass, pattern: RegExp, title: string): ReportRow {
  return {
    kind: "report",
    name,
    class: markClass,
    severity: "fatal",
    pattern,
    inside: panicHead,
    title,
    confirmedBy: panicSigns,
    frames: "all",
  };
}
