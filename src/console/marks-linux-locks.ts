/** Lock order and lock use: kernel/locking/lockdep.c, spinlock_debug.c and rtmutex-debug.c as of 3.10 to 6.18. */
import { finding, symbol } from "./report-rows.js";
import type { ReportRow } from "./marks.js";

/** "WARNING: …" since 4.12; before, "[ INFO: … ]" for an order and "[ BUG: … ]" for a use. */
const head = "(?:WARNING: |=+\\[ |\\[ (?:BUG|INFO|ERR): )";

const orders =
  "possible (?:circular locking dependency|recursive locking|irq lock inversion dependency) detected|possible irq-unsafe lock order detected|inconsistent (?:\\{[\\w-]{1,30}\\} )?lock state|suspicious (?:RCU|rcu_\\w{1,40}\\(\\)) usage|bad (?:unlock balance|contention) detected|held lock freed|Nested lock was not taken|[\\w-]{1,20}-safe -> [\\w-]{1,20}-unsafe lock order detected|Invalid wait context|chain_key collision|circular locking deadlock detected";

/** ` #0: ffff888004b2c1a0 (&twq->lock){+.+.}-{3:3}, at: twq_enter+0x2c/0x80`: where the lock was taken that is held. */
const heldAt = / ?#0: .{1,200}, at: (?:\[<[0-9a-fx]{8,18}>\] )?([\w.$]{1,512})\+0x/;
const wantedAt =
  /^(?:(?:[0-9a-f]{8,16}|\s{1,2})? ?\(.{1,200}, at: (?:\[<[0-9a-f]{8,16}>\] )?|\[<[0-9a-f]{8,16}>\] )([\w.$]{1,512})\+0x/;

export const linuxLockRows: readonly ReportRow[] = [
  finding(
    "lockdep",
    "locks",
    new RegExp(`^${head}(?<kind>${orders})`),
    "WARNING: $kind[ in $frame]",
    {
      frames: /^(?:stack backtrace:|Call [Tt]race:)/,
      details: { place: wantedAt },
    },
  ),
  finding(
    "lock-held",
    "locks",
    new RegExp(
      `^${head}(?:.{1,40}/\\d{1,10} )?(?<kind>still has locks held|lock held when returning to user space|is exiting with locks held)`,
    ),
    "WARNING: $kind[ in $place]",
    { details: { place: heldAt } },
  ),
  finding(
    "lock-key",
    "locks",
    /^INFO: trying to register non-static key/,
    "INFO: trying to register non-static key[ in $frame]",
  ),
  finding(
    "spinlock",
    "locks",
    /^BUG: (?<what>(?:spinlock|rwlock|rwlock-w|write-lock)\b[\w -]{0,40}?) on CPU#\d/,
    "BUG: $what[ in $frame]",
  ),
  finding("lockdep-limit", "locks", /^BUG: (?<what>MAX_[A-Z_]{1,40} too low)/, "BUG: $what"),
  finding(
    "workqueue-leak",
    "locks",
    /^BUG: workqueue leaked (?:lock or atomic|atomic, lock or RCU)/,
    "BUG: workqueue leaked lock or atomic[ in $place]",
    {
      details: { place: new RegExp(`^\\s{1,8}last function: ${symbol.replace("?<symbol>", "")}`) },
    },
  ),
];
