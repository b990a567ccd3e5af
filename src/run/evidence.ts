import type { ReportEvent } from "../console/events.js";
import type { History } from "./history.js";

/** A report for people: its lines as the kernel printed them, and its backtrace where the lines did not all fit. */
export function evidenceOf(report: ReportEvent): readonly string[] {
  const frames = report.evidenceCut ? report.frames.map((frame) => `  ${frame.function}`) : [];
  return [...report.evidence, ...frames];
}

/** The console's last lines, under a line that says so. */
export function tailLines(seen: History): readonly string[] {
  return ["the console's last lines:", ...seen.tail.map((line) => `  ${line}`)];
}
