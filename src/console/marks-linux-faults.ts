/** Processor exceptions and broken assertions of a Linux kernel: the thread that met them does not go on. */
import type { ReportRow } from "./marks.js";

export const linuxFaultRows: readonly ReportRow[] = [
  fault(
    "page-fault",
    "trap",
    /^BUG: (?<what>kernel NULL pointer dereference|unable to handle (?:kernel )?(?:page fault|paging request|NULL pointer dereference))/,
    "BUG: $what[ in $frame]",
  ),
  fault(
    "page-fault-arm",
    "trap",
    /^Unable to handle kernel (?<what>NULL pointer dereference|paging request|read from unreadable memory|write to read-only memory|access to user memory[^ ]{0,1})/,
    "Unable to handle kernel $what[ in $frame]",
  ),
  fault(
    "general-protection",
    "trap",
    /^(?:Oops: )?general protection fault\b/,
    "general protection fault[ in $frame]",
  ),
  fault(
    "double-fault",
    "trap",
    /^(?:traps: )?PANIC: double fault/,
    "PANIC: double fault[ in $frame]",
  ),
  fault(
    // Before the kernel has handlers of its own; it halts, and restarts nothing.
    "early-exception",
    "trap",
    /^PANIC: early exception (?<vector>0x[0-9a-f]{1,2}) /,
    "early exception $=vector[ in $frame]",
  ),
  fault(
    "stack-overflow",
    "trap",
    /^BUG: (?:[\w/]{1,20} )?stack guard page was hit/,
    "BUG: stack guard page was hit[ in $frame]",
  ),
  fault(
    "kernel-bug",
    "bug",
    /^kernel BUG at (?<file>[\w./-]{1,200}):\d+!/,
    "kernel BUG[ in $frame]",
  ),
  { ...fault("oops", "trap", /^Oops: [0-9a-f]{4} \[#\d+\]/, "Oops[ in $frame]"), part: true },
  { ...fault("internal-error", "trap", /^Internal error: Oops/, "Oops[ in $frame]"), part: true },
  {
    ...fault(
      "exception",
      "trap",
      /^(?:Oops: )?(?<what>invalid opcode|divide error|int3|stack segment|segment not present|invalid TSS|coprocessor segment overrun|alignment check|bounds|stack guard page|kernel stack overflow \(.{1,30}\)|double fault|control protection): [0-9a-f]{4} \[#\d+\]/,
      "$what[ in $frame]",
    ),
    part: true,
  },
];

function fault(name: string, markClass: "trap" | "bug", pattern: RegExp, title: string): ReportRow {
  return {
    kind: "report",
    name,
    class: markClass,
    severity: "fatal",
    pattern,
    title,
    frames: "all",
  };
}
