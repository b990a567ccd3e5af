/** Processor exceptions and broken assertions of a Linux kernel: the thread that met them does not go on. */
import { fault } from "./linux-rows.js";
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
    { pick: "outermost" },
  ),
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
