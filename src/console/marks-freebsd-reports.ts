/** How a FreeBSD kernel traps, locks up, or stops in its debugger. The words that it panics with: marks-freebsd-panics.ts. */
import { freebsdPanicRows } from "./marks-freebsd-panics.js";
import type { ReportRow } from "./marks.js";

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
  // arm/trap-v6.c
  trap(
    "fatal-mode-abort",
    /^Fatal (?<mode>kernel|user) mode (?<what>(?:data|prefetch) abort)(?:: '(?<cause>[^']{1,60})')?/,
    "Fatal $mode mode $what[: $cause][ in $frame]",
  ),
  // arm64/trap.c
  trap(
    "fatal-abort",
    /^Fatal (?<what>data abort|page fault|exception)\b/,
    "Fatal $what[ in $frame]",
  ),
  // powerpc/trap.c
  {
    ...trap(
      "fatal-trap-ppc",
      /^fatal (?<mode>kernel|user) trap:$/,
      "fatal $mode trap[: $what][ in $frame]",
    ),
    details: { what: /^ {3}exception {7}= 0x[0-9a-f]{1,8} \((.{1,60})\)/ },
    address: /^ {3}srr0 {12}= 0x([0-9a-f]{1,16}) /,
  },
  ...freebsdPanicRows,
  {
    ...lockup(
      "sleeping-thread",
      /^Sleeping thread \(tid \d+, pid \d+\) owns a non-sleepable lock/,
      "Sleeping thread owns a non-sleepable lock[ in $frame]",
    ),
    inside: "Sleeping thread (",
  },
  {
    ...lockup(
      "spin-lock",
      /^spin lock 0x[0-9a-f]{1,16} \((?<lock>[^)]{1,60})\) held by .{1,60} too long/,
      "spin lock $lock held too long[ in $frame]",
    ),
    inside: "spin lock 0x",
  },
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
  // A breakpoint, or a trap of which only the debugger tells.
  {
    kind: "report",
    name: "stopped",
    class: "debugger",
    severity: "fatal",
    pattern: /^\[ thread pid \d{1,9} tid \d{1,9} \]/,
    inside: "[ thread pid ",
    title: "stopped in the debugger[ in $frame]",
    confirmedBy: ["stopped"],
    frames: "all",
    part: true,
  },
];

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
      /^(?:rip\s?[:=]?|instruction pointer\s{1,8}=| ?elr:) (?:0x[0-9a-f]{1,8}:)?0x([0-9a-f]{1,16})\b/,
    frames: "all",
  };
}

/** What the kernel says just before it panics about it. */
function lockup(name: string, pattern: RegExp, title: string): ReportRow {
  return {
    ...trap(name, pattern, title),
    class: "lockup",
    confirmedBy: ["backtrace", "panic", "locks-held"],
  };
}
