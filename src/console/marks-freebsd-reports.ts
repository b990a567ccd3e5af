/** How a FreeBSD kernel dies, or stops in its debugger. */
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

export const freebsdReportRows: readonly ReportRow[] = [
  {
    ...trap("double-fault", /^Fatal double fault/, "Fatal double fault[ in $frame]"),
    confirmedBy: ["cpuid", "registers", "trap-frame"],
  },
  trap(
    "fatal-trap",
    /^Fatal trap (?<number>\d{1,3}): (?<what>.{1,100}?)(?: while in (?<mode>kernel|user|vm86) mode)?\s*$/,
    "Fatal trap $=number: $what[ while in $mode mode][ in $frame]",
  ),
  trap(
    "fatal-abort",
    /^Fatal (?<what>data abort|page fault|exception)\b/,
    "Fatal $what[ in $frame]",
  ),
  panic(
    "asan",
    "sanitizer",
    /^panic: ASan: Invalid access, \d+-byte (?<access>read|write) at [^\s,]{1,40}(?:, (?<kind>\w{1,60}))?/,
    "ASan: invalid $access[, $kind][ in $frame]",
  ),
  panic(
    "msan",
    "sanitizer",
    /^panic: MSan: (?<what>Uninitialized \w{1,40})/i,
    "MSan: $what[ in $frame]",
  ),
  panic("no-root", "boot-stuck", /^panic: mountroot: /, "panic: mountroot: unable to mount root"),
  panic("no-init", "boot-stuck", /^panic: no init/, "panic: no init"),
  panic("panic", "panic", /^panic: (?<text>.{0,300})/, "panic: $text"),
  lockup(
    "sleeping-thread",
    /^Sleeping thread \(tid \d+, pid \d+\) owns a non-sleepable lock/,
    "Sleeping thread owns a non-sleepable lock[ in $frame]",
  ),
  lockup(
    "spin-lock",
    /^spin lock 0x[0-9a-f]{1,16} \((?<lock>[^)]{1,60})\) held by .{1,60} too long/,
    "spin lock $lock held too long",
  ),
  {
    ...trap("nmi", /^NMI\/cpu\d+ \.\.\. going to debugger/, "NMI[ in $frame]"),
    class: "debugger",
    confirmedBy: ["thread", "stopped"],
  },
  {
    kind: "report",
    name: "debugger",
    class: "debugger",
    severity: "fatal",
    pattern: /^KDB: enter: (?<why>.{1,100})/,
    inside: "KDB: enter: ",
    title: "KDB: enter: $why",
    confirmedBy: ["thread", "stopped"],
    frames: "all",
    part: true,
  },
];

function panic(
  name: string,
  markClass: ReportRow["class"],
  pattern: RegExp,
  title: string,
): ReportRow {
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

function trap(name: string, pattern: RegExp, title: string): ReportRow {
  return {
    kind: "report",
    name,
    class: "trap",
    severity: "fatal",
    pattern,
    title,
    confirmedBy: ["cpuid", "trap-frame", "registers"],
    address:
      /^(?:rip\s?[:=]?|instruction pointer\s{1,8}=) (?:0x[0-9a-f]{1,8}:)?0x([0-9a-f]{1,16})\b/,
    frames: "all",
  };
}

/** What the kernel says just before it panics about it. */
function lockup(name: string, pattern: RegExp, title: string): ReportRow {
  return { ...trap(name, pattern, title), class: "lockup", confirmedBy: ["backtrace", "panic"] };
}
