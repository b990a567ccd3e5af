/**
 * Threads and processors that do not come further: kernel/rcu/tree_stall.h, tree_exp.h and tasks.h, kernel/watchdog*.c,
 * hung_task.c, workqueue.c and smp.c as of 3.10 to 6.18. Their titles name who stalled: the reporter interrupted it, or stands on another
 * processor. A loop is seen at any of its places, so the outermost function counts; a thread that sleeps does so at one place.
 */
import type { ReportRow } from "./marks.js";
import { finding } from "./report-rows.js";

/** The thread that asks for the grace period is a victim of the stall, and printed first. */
const gracePeriodThread = /^rcu_gp_(?:kthread|fqs_loop)$/;

export const linuxLockupRows: readonly ReportRow[] = [
  finding(
    "soft-lockup",
    "lockup",
    /^(?:(?:NMI )?watchdog: )?BUG: soft lockup - CPU#\d{1,5} stuck/,
    "BUG: soft lockup[ in $frame]",
    { pick: "outermost" },
  ),
  finding(
    "hard-lockup",
    "lockup",
    // Up to 4.5 it was a WARN(), whose words come behind.
    /^(?:(?:(?:NMI )?watchdog: )?(?:CPU ?\d{1,5}:? )?(?:Watchdog |self-)?detected hard LOCKUP|Watchdog CPU:\d{1,5} (?:detected )?Hard LOCKUP|WARNING: .{1,120} watchdog_overflow_callback\+0x)/,
    "hard lockup[ in $frame]",
    { pick: "outermost" },
  ),
  finding(
    "rcu-stall",
    "lockup",
    /^(?:rcu: )?(?:INFO: )?(?:rcu_?\w{0,40} (?:self-)?detected (?:expedited )?stalls?\b|RCU detected CPU \d{1,5} stall)/,
    "INFO: rcu detected stall[ in $frame]",
    { pick: "outermost", bystander: gracePeriodThread },
  ),
  finding(
    "rcu-starved",
    "lockup",
    /^(?:rcu: )?rcu_\w{1,30} kthread (?:timer wakeup|starved)/,
    "INFO: rcu kthread starved[ in $frame]",
    { pick: "outermost", bystander: gracePeriodThread, part: true },
  ),
  finding(
    "csd-lock",
    "lockup",
    /^(?:smp: )?csd: Detected non-responsive CSD lock/,
    "CSD lock not answered[ in $frame]",
    { pick: "outermost" },
  ),
  // A thread may call itself anything of 15 bytes, a line feed too: then only the end of the line is left.
  finding(
    "hung-task",
    "lockup",
    /^(?:INFO: task .{0,80}|.{0,16}):\d{1,10} (?:is )?blocked (?:for more than \d|in I\/O wait|on an? )/,
    "INFO: task hung[ in $frame]",
  ),
  finding(
    "undying-task",
    "lockup",
    /^(?:INFO: task .{0,80}|.{0,16}):\d{1,10} can't die for more than \d/,
    "INFO: task can't die[ in $frame]",
  ),
  // Since 6.1 with the backtraces of its workers.
  finding(
    "workqueue-lockup",
    "lockup",
    /^BUG: workqueue lockup/,
    "BUG: workqueue lockup[ in $frame]",
    { pick: "outermost" },
  ),
  finding(
    "netdev-held",
    "lockup",
    /^unregister_netdevice: waiting for .{1,64} to become free\. Usage count = /,
    "unregister_netdevice: waiting for a device to become free[ in $frame]",
    { frames: /^ref_tracker: / },
  ),
].map((row) => ({ ...row, bursts: true }));
