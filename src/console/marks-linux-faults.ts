/** Processor exceptions and broken assertions of a Linux kernel: the thread that met them does not go on. */
import { fault } from "./report-rows.js";
import type { ReportRow } from "./marks.js";

/** die() of x86 writes "%s: %04lx [#%d]", since 6.10 with "Oops: " before it; general protection also says for which address. */
const died = "(?:, .{0,160})?: [0-9a-f]{4} \\[#\\d";

export const linuxFaultRows: readonly ReportRow[] = [
  fault(
    "page-fault",
    "trap",
    /^BUG: (?<what>kernel NULL pointer dereference|unable to handle (?:kernel )?(?:page fault|paging request|NULL pointer dereference))/,
    "BUG: $what[ in $frame]",
  ),
  fault(
    "general-protection",
    "trap",
    /^(?:Oops: )?(?:segment-related )?general protection fault\b/,
    "general protection fault[ in $frame]",
    // Up to 4.16 KASAN's words before it had no line's end.
    { inside: "general protection fault: 0" },
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
    { pick: "outermost-through-interrupts" },
  ),
  fault("rust-panic", "bug", /^rust_kernel: panicked at /, "Rust panic[: $text][ in $frame]", {
    leadsTo: ["kernel-bug"],
    // Since Rust 1.73 on a line of its own, before in quotes.
    details: {
      text: /^(?:rust_kernel: panicked at ')?((?:attempt to|called `|index out of|range |slice index|source slice|explicit panic|assertion |not |internal error|already |\w{1,30} index)[^']{0,120})/,
    },
  }),
  // "Kernel BUG at ffff… [verbose debug info unavailable]" without verbose BUG().
  fault("kernel-bug", "bug", /^[kK]ernel BUG at \S/, "kernel BUG[ in $frame]"),
  fault("oops", "trap", /^Oops: [0-9a-f]{4} \[#\d+\]/, "Oops[ in $frame]", { part: true }),
  // 5.8 to 5.10 had an underscore.
  fault(
    "divide-error",
    "trap",
    new RegExp(`^(?:Oops: )?divide[ _]error${died}`),
    "divide error[ in $frame]",
    { part: true },
  ),
  fault(
    "exception",
    "trap",
    new RegExp(`^(?:Oops: )?(?<what>[A-Za-z#][\\w #()-]{2,60}?)${died}`),
    "$what[ in $frame]",
    { part: true },
  ),
];
