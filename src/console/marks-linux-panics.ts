/** kernel/panic.c: what panic() was called for. */
import type { ReportRow } from "./marks.js";
import { symbol } from "./report-rows.js";

/** What somebody asked for (panic_on_warn and its kin, oops=panic, hung_task_panic …), or what cannot but follow. */
const consequences = [
  "Out of memory|System is deadlocked on memory|out of memory",
  "Fatal exception",
  "Fatal (?:local )?machine check",
  ".{0,40}panic_on_\\w{1,20} (?:set|is enabled)",
  "kmsan\\.panic set|kasan\\.fault=panic set",
  "scheduling while atomic",
  ".{0,40}system warned too often|Oopsed too often|system oopsed too often",
  "softlockup: hung tasks|hung_task: blocked tasks|RCU Stall|Hard LOCKUP|Watchdog detected hard LOCKUP|hard LOCKUP|workqueue: stall",
  "Aiee, killing interrupt handler|Attempted to kill the idle task|Oops failed to kill thread",
  "NMI: Not continuing",
].join("|");

export const linuxPanicRows: readonly ReportRow[] = [
  panicRow("no-root", "boot-stuck", "VFS: Unable to mount root fs", "VFS: Unable to mount root fs"),
  panicRow("no-init", "boot-stuck", "No (?:working )?init found", "No working init found"),
  panicRow(
    "init-failed",
    "boot-stuck",
    "Requested init (?<init>\\S{1,100}) failed",
    "Requested init $init failed",
  ),
  panicRow("init-died", "panic", "Attempted to kill init!", "Attempted to kill init!"),
  panicRow(
    "stack-protector",
    "panic",
    `stack-protector: Kernel stack is corrupted in: (?:${symbol}\\+0x)?`,
    "stack-protector: Kernel stack is corrupted[ in $frame]",
  ),
  {
    // Found when the thread slept: it had overflowed before, at any depth.
    ...panicRow(
      "stack-end",
      "panic",
      "(?<what>corrupted (?:shadow )?stack (?:end )?detected inside scheduler|kernel stack overflow)",
      "$what[ in $frame]",
    ),
    pick: "outermost-through-interrupts",
  },
  {
    ...panicRow("panic-consequence", "panic", `(?<text>${consequences}).{0,200}$`, "$text"),
    consequence: true,
  },
  panicRow("panic", "panic", "(?<text>.{1,200})", "$text"),
];

/** @param rest what comes behind "Kernel panic - not syncing: " */
function panicRow(
  name: string,
  markClass: ReportRow["class"],
  rest: string,
  title: string,
): ReportRow {
  const head = "Kernel panic - not syncing: ";
  return {
    kind: "report",
    name,
    class: markClass,
    severity: "fatal",
    pattern: new RegExp(`^${head}${rest}`),
    inside: head,
    title: `kernel panic: ${title}`,
    frames: "all",
  };
}
