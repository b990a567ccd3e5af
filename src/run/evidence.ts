import type { GuestFamily } from "../base/family.js";
import type { ReportEvent } from "../console/events.js";
import { noConsoleOutput } from "../console/ring.js";
import type { History } from "./history.js";

/** A report for people: its lines as the kernel printed them, and its backtrace where the lines did not all fit. */
export function evidenceOf(report: ReportEvent): readonly string[] {
  const frames = report.evidenceCut ? report.frames.map((frame) => `  ${frame.function}`) : [];
  return [...report.evidence, ...frames];
}

/** All that the hypervisor said at the end, where it is more than the one line of a title. */
export function hypervisorLines({ end }: History): readonly string[] {
  return end?.said === undefined
    ? []
    : ["the hypervisor said:", ...end.said.map((line) => `  ${line}`)];
}

/**
 * The console's last lines, under a line that says so; of a silent guest, what that usually means. Nothing of a run that was
 * killed before it kept them.
 */
export function tailLines(seen: History): readonly string[] {
  if (seen.tail.length === 0) return [];
  const lines = ["the console's last lines:", ...seen.tail.map((line) => `  ${line}`)];
  // One that was interrupted had perhaps not begun: it may have waited for a debugger.
  if (isSilent(seen))
    return seen.interrupted ? lines : [...lines, ...silenceMeans[seen.started.guest]];
  if (seen.boots > 0 || seen.hellos.length > 0) return lines;
  return [
    ...lines,
    "no kernel has printed its first line: this is the firmware's output or the loader's",
  ];
}

/** What the guest's own loader said of the files that it read, and of the kernel that it took. */
export function loaderLines({ marks }: History): readonly string[] {
  const lines = marks
    .filter((mark) => mark.class === "loader")
    .map(({ text }) => `  ${text.trimEnd()}`);
  return lines.length === 0 ? [] : ["the loader said:", ...lines];
}

/** Whether the guest has printed nothing at all. */
export function isSilent({ tail }: History): boolean {
  return tail[0] === noConsoleOutput;
}

const silenceMeans: Readonly<Record<GuestFamily, readonly string[]>> = {
  linux: [
    "nothing at all on the serial console usually means that the kernel died before its console driver started (it is built for",
    "another machine or has too little memory), or that its command line turns the console off (quiet, loglevel, console=)",
  ],
  freebsd: [
    "nothing at all on the serial console usually means that the firmware found nothing to boot on the disk (an image for UEFI",
    'started by BIOS, or the other way), or that the loader uses another console (console="comconsole" in loader.conf)',
  ],
};
