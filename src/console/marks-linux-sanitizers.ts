/**
 * Sanitizers of Linux: mm/kasan, mm/kfence, mm/kmsan, kernel/kcsan, lib/ubsan.c, kernel/cfi.c as of 4.0 to 6.18.
 */
import { finding, symbol } from "./report-rows.js";
import type { ReportRow } from "./marks.js";

/** An access that was reported and then made: the kernel dies of it at once, if it does. */
const deaths = [
  "page-fault",
  "kernel-fault",
  "kernel-access",
  "general-protection",
  "double-fault",
  "stack-overflow",
  "kernel-bug",
  "oops",
  "exception",
  "internal-error",
  "internal-error-named",
  "stack-end",
  "stack-protector",
];

export const linuxSanitizerRows: readonly ReportRow[] = [
  // "KASan: out of bounds access in f+0x…" up to 4.4; "on address" where it had no function; no more for an asynchronous fault of arm64's tags.
  finding(
    "kasan",
    "sanitizer",
    new RegExp(
      `^BUG: KAS(?:AN|an): (?<kind>[\\w -]{1,60}?)(?: in (?:${symbol}\\b|0x)| on address |\\s{0,2}$)`,
    ),
    "KASAN: $kind[ $access][ in $frame]",
    { details: { access: /^(Read|Write) (?:of size|at addr)/ }, leadsTo: deaths },
  ),
  finding(
    "kfence",
    "sanitizer",
    new RegExp(`^BUG: KFENCE: (?<kind>[\\w -]{1,60}?) in ${symbol}`),
    "KFENCE: $kind[ in $frame]",
    { leadsTo: deaths },
  ),
  finding(
    "kmsan",
    "sanitizer",
    new RegExp(`^BUG: KMSAN: (?<kind>[\\w -]{1,60}?) in ${symbol}`),
    "KMSAN: $kind[ in $frame]",
  ),
  finding(
    "kcsan",
    "sanitizer",
    new RegExp(
      `^BUG: KCSAN: (?<kind>[\\w: -]{1,60}?) in ${symbol}(?:\\+\\S{1,60})?(?: / (?<other>[\\w.$]{1,512}))?`,
    ),
    "KCSAN: $kind in $symbol[ / $other]",
  ),
  finding(
    "ubsan",
    "sanitizer",
    /^UBSAN: (?<kind>[\w -]{1,80}?) in [\w./+-]{1,200}:\d/,
    "UBSAN: $kind[ in $frame]",
  ),
  // kCFI names the caller, 5.13 to 6.0 only the target. Permissive kernels warn and go on, others trap.
  finding(
    "cfi",
    "sanitizer",
    new RegExp(`^CFI failure (?:at ${symbol}\\+0x|\\(target: )`),
    "CFI failure[ in $frame]",
    { leadsTo: ["warning", "exception", "oops", "internal-error"] },
  ),
];
