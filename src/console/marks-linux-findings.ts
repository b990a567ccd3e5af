/**
 * What a Linux kernel complains about and goes on. The order matters: the first row that matches is taken, so the general
 * `BUG:` comes last.
 */
import type { MarkClass } from "./events.js";
import type { ReportRow } from "./marks.js";

const lockdepKinds =
  "possible (?:circular locking|recursive locking|irq lock inversion|irq-unsafe)[a-z ]{0,30}detected|inconsistent lock state|suspicious RCU usage|bad (?:unlock balance|contention) detected|held lock freed|lock held when returning to user space|Nested lock was not taken|(?:HARD|SOFT)IRQ-safe -> (?:HARD|SOFT)IRQ-unsafe lock order detected|Invalid wait context";

export const linuxFindingRows: readonly ReportRow[] = [
  {
    ...finding(
      "kasan",
      "sanitizer",
      /^BUG: KASAN: (?<kind>[\w-]{1,60}) in (?<symbol>[\w.]{1,128})/,
      "KASAN: $kind[ $access][ in $frame]",
    ),
    details: { access: /^(Read|Write) of size/ },
  },
  finding(
    "kfence",
    "sanitizer",
    /^BUG: KFENCE: (?<kind>[\w-]{1,60}(?: (?:read|write))?) in (?<symbol>[\w.]{1,128})/,
    "KFENCE: $kind[ in $frame]",
  ),
  finding(
    "kmsan",
    "sanitizer",
    /^BUG: KMSAN: (?<kind>[\w-]{1,60}) in (?<symbol>[\w.]{1,128})/,
    "KMSAN: $kind[ in $frame]",
  ),
  {
    ...finding(
      "kcsan",
      "sanitizer",
      /^BUG: KCSAN: (?<kind>[\w-]{1,60}) in (?<symbol>[\w.]{1,128})(?:\+\S{1,40})?(?: \/ (?<other>[\w.]{1,128}))?/,
      "KCSAN: $kind in $symbol[ / $other]",
    ),
    details: {},
  },
  finding(
    "ubsan",
    "sanitizer",
    /^UBSAN: (?<kind>[\w -]{1,80}?) in [\w./-]{1,200}:\d+/,
    "UBSAN: $kind[ in $frame]",
  ),
  {
    ...finding(
      "lockdep",
      "locks",
      new RegExp(`^(?:WARNING: |\\[ (?:BUG|INFO): )(?<kind>${lockdepKinds})`),
      "WARNING: $kind[ in $place]",
    ),
    details: { place: /, at: ([\w.]{1,128})\+0x/ },
    frames: /^stack backtrace:/,
  },
  finding(
    "warning",
    "warning",
    /^WARNING: (?:CPU: \d+ PID: \d+ at )?[\w./-]{1,200}:\d+ (?:at )?(?<symbol>[\w.]{1,128})\+0x/,
    "WARNING[ in $frame]",
  ),
  ...lockupRows(),
  {
    ...finding(
      "oom",
      "memory",
      /^\S.{0,60} invoked oom-killer: /,
      "out of memory[: killed $killed]",
    ),
    details: {
      killed: /^(?:Memory cgroup out|Out) of memory: Killed process \d+ \(([^)]{1,60})\)/,
    },
  },
  {
    ...finding(
      "oom-kill",
      "memory",
      /^(?:Memory cgroup out|Out) of memory: Killed process \d+ \((?<killed>[^)]{1,60})\)/,
      "out of memory: killed $killed",
    ),
    frames: "none",
    part: true,
  },
  finding(
    "allocation-failure",
    "memory",
    /^\S.{0,60}: page allocation failure: order:\d+/,
    "page allocation failure[ in $frame]",
  ),
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
  ),
  finding(
    "slab",
    "bug",
    /^BUG (?<cache>[\w-]{1,60}) \(.{1,80}\): (?<what>.{1,80})/,
    "BUG $=cache: $what",
  ),
  finding("bug", "bug", /^BUG: (?<what>[^:,]{1,100})/, "BUG: $what[ in $frame]"),
];

function lockupRows(): readonly ReportRow[] {
  const rows = [
    finding(
      "soft-lockup",
      "lockup",
      /^(?:watchdog: )?BUG: soft lockup - CPU#\d+ stuck/,
      "BUG: soft lockup[ in $frame]",
    ),
    finding(
      "hard-lockup",
      "lockup",
      /^(?:NMI watchdog: |watchdog: )?Watchdog detected hard LOCKUP on cpu/,
      "hard lockup[ in $frame]",
    ),
    finding(
      "rcu-stall",
      "lockup",
      /^(?:rcu: )?(?:INFO: )?rcu_\w{1,30} (?:self-)?detected (?:expedited )?stalls?/,
      "INFO: rcu detected stall[ in $frame]",
    ),
    finding(
      "rcu-starved",
      "lockup",
      /^rcu: rcu_\w{1,30} kthread (?:timer wakeup|starved)/,
      "INFO: rcu kthread starved",
    ),
    finding(
      "hung-task",
      "lockup",
      /^INFO: task .{1,60}:\d+ (?:is )?blocked (?:for more than|in I\/O wait|on a )/,
      "INFO: task hung[ in $frame]",
    ),
    finding("workqueue-lockup", "lockup", /^BUG: workqueue lockup/, "BUG: workqueue lockup"),
  ];
  return rows.map((row) => ({ ...row, bursts: true }));
}

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
