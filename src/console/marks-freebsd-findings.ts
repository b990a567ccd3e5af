/** What a FreeBSD kernel complains about and goes on: WITNESS, KCSAN, failed assertions that only warn, memory. */
import type { MarkClass } from "./events.js";
import type { ReportRow } from "./marks.js";

export const freebsdFindingRows: readonly ReportRow[] = [
  {
    ...finding(
      "lock-order",
      "locks",
      /^lock order reversal:(?: (?<how>\(.{1,60}\)))?/,
      "lock order reversal:[ $how][ $first -> $second]",
    ),
    // A kernel that syncs its disks has begun a line: "Syncing disks, vnodes remaining... 3 lock order reversal:".
    inside: "lock order reversal:",
    // " 1st 0xfffff8000348c5f8 ufs (ufs, lockmgr) @ /usr/src/sys/kern/vfs_lookup.c:1129"; the class is there from 13 on.
    details: {
      first: /^ 1st 0x[0-9a-f]{1,16} (.{1,80}?) \(/,
      second: /^ 2nd 0x[0-9a-f]{1,16} (.{1,80}?) \(/,
    },
    confirmedBy: ["lock"],
  },
  {
    ...finding(
      "duplicate-lock",
      "locks",
      /^acquiring duplicate lock of same type: "(?<lock>.{1,80}?)"/,
      "duplicate lock of same type: $lock",
    ),
    confirmedBy: ["backtrace", "lock-place"],
  },
  {
    ...finding(
      "locks-held",
      "locks",
      /^(?<what>\S.{0,120}) with the following (?:non-sleepable )?locks held:/,
      "$=what with locks held[ in $frame]",
    ),
    confirmedBy: ["locks-held"],
  },
  {
    ...finding("csan", "sanitizer", /^CSan: Racy Access \[/, "CSan: racy access[ in $frame]"),
    confirmedBy: ["backtrace"],
  },
  {
    ...finding(
      "asan-report",
      "sanitizer",
      /^ASan: Invalid access, \d+-byte (?<access>read|write) at /,
      "ASan: invalid $access[ in $frame]",
    ),
    confirmedBy: ["backtrace"],
  },
  {
    ...finding(
      "msan-report",
      "sanitizer",
      /^MSan: (?<what>Uninitialized \w{1,40})/i,
      "MSan: $what[ in $frame]",
    ),
    confirmedBy: ["backtrace"],
  },
  {
    ...finding("assertion", "bug", /^KASSERT failed: (?<text>.{1,200})/, "KASSERT failed: $text"),
    confirmedBy: ["backtrace"],
  },
  {
    ...finding(
      "killed",
      "memory",
      /^pid \d{1,7} \((?<who>[^)]{1,60})\),(?: jid \d{1,7},)? uid \d{1,10}, was killed: (?<why>.{1,80})/,
      "killed $who: $why",
    ),
    frames: "none",
  },
];

function finding(name: string, markClass: MarkClass, pattern: RegExp, title: string): ReportRow {
  return {
    kind: "report",
    name,
    class: markClass,
    severity: "finding",
    pattern,
    title,
    frames: "all",
  };
}
