/** The backtraces of a report, kept apart: which one tells of the death is known only when they are there. */
import { guiltyFunction } from "./guilty.js";
import type { KernelLine } from "./kernel-line.js";
import type { MarkTable, ReportRow } from "./marks.js";
import type { Frame } from "./stack.js";

export interface ReportStacks {
  readonly row: ReportRow;
  readonly table: MarkTable;
  readonly all: Frame[][];
  /** Whose backtrace it is that is being read, where the kernel says who prints. */
  caller: string | undefined;
  /** Whether the line that the row's frames come behind is still to come. */
  waits: boolean;
  /** Whether frames are being read. */
  collecting: boolean;
  /** Whether a backtrace is over. */
  settled: boolean;
}

/** What a report shows. The choice is made among all. */
const maxFramesShown = 64;

export function openStacks(row: ReportRow, table: MarkTable, first: KernelLine): ReportStacks {
  return {
    row,
    table,
    all: [[]],
    caller: first.caller,
    waits: row.frames instanceof RegExp,
    collecting: row.frames === "all",
    settled: false,
  };
}

export function readStackLine(
  stacks: ReportStacks,
  line: KernelLine,
  frame: Frame | undefined,
): void {
  const { row, table } = stacks;
  if (stacks.waits && row.frames instanceof RegExp && row.frames.test(line.text)) {
    stacks.waits = false;
    begin(stacks, line);
  } else if (!stacks.waits && table.stackStart?.test(line.text) === true) begin(stacks, line);
  else if (table.otherStack?.test(line.text) === true) stacks.collecting = false;
  // Where the kernel says who printed a line, another processor's backtrace in between is not taken for this one's.
  if (!isFrom(stacks.caller, line)) return;
  if (frame !== undefined && stacks.collecting) stacks.all.at(-1)!.push(frame);
  if (!hasFrames(stacks) || table.settles?.test(line.text) !== true) return;
  stacks.settled = true;
  stacks.collecting = false;
}

/** Registers belong to the backtrace that follows them. A lockup's backtraces are printed by the processors that they are of. */
function begin(stacks: ReportStacks, line: KernelLine): void {
  if (!isFrom(stacks.caller, line) && stacks.row.class !== "lockup") return;
  stacks.caller = line.caller ?? stacks.caller;
  stacks.collecting = true;
  const last = stacks.all.at(-1)!;
  if (last.length > 1 && last.some(({ isExact }) => isExact === undefined)) stacks.all.push([]);
}

function isFrom(caller: string | undefined, line: KernelLine): boolean {
  return caller === undefined || line.caller === undefined || caller === line.caller;
}

export function hasFrames({ all }: ReportStacks): boolean {
  return all[0]!.length > 0;
}

/** The function that the report is about, and the backtrace that names it; without one the first backtrace. */
export function guiltyStack({ all, row, table }: ReportStacks): {
  readonly function: string | undefined;
  readonly frames: readonly Frame[];
} {
  for (const frames of all) {
    if (isBystander(frames, row)) continue;
    const name = guiltyFunction(frames, table, row.pick);
    if (name !== undefined) return { function: name, frames: frames.slice(0, maxFramesShown) };
  }
  return { function: undefined, frames: all[0]!.slice(0, maxFramesShown) };
}

function isBystander(frames: readonly Frame[], { bystander }: ReportRow): boolean {
  return bystander !== undefined && frames.some((frame) => bystander.test(frame.function));
}
