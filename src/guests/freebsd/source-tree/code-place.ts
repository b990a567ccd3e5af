/**
 * A place in a C source of the tree, known by what stands there: line numbers differ by release, and a tree that has
 * moved on has to be refused instead of being changed at the wrong place.
 */
import { LaneError } from "../../../base/errors.js";

export interface CodePlace {
  readonly path: string;
  /** The function (`post_execve()`) or the structure (`struct proc`) that the line has to be in; the whole file without. */
  readonly within?: string;
  readonly side: "before" | "after";
  /** The line, tabs included. It has to be there once. */
  readonly line: string;
}

/**
 * The index that the lines of the overlay go before.
 *
 * @throws LaneError `overlay-no-place` (image) naming what was looked for
 */
export function locatePlace(lines: readonly string[], place: CodePlace): number {
  const [start, end] = rangeOf(lines, place);
  const found = lines.flatMap((line, index) =>
    index >= start && index <= end && line === place.line ? [index] : [],
  );
  if (found.length !== 1) throw noPlace(place, `the line "${place.line.trim()}"`, found.length);
  return place.side === "before" ? found[0]! : found[0]! + 1;
}

/** First and last index; a body ends at the first brace that begins a line. */
function rangeOf(lines: readonly string[], place: CodePlace): readonly [number, number] {
  const { within } = place;
  if (within === undefined) return [0, lines.length - 1];
  const opening = within.startsWith("struct ") ? `${within} {` : within.slice(0, -1);
  const starts = lines.flatMap((line, index) => (line.startsWith(opening) ? [index] : []));
  const start = starts[0];
  const end = lines.findIndex((line, index) => index > (start ?? 0) && /^\}/.test(line));
  if (starts.length !== 1 || start === undefined || end === -1)
    throw noPlace({ ...place, within: undefined }, within, starts.length);
  return [start, end];
}

function noPlace(
  { path, within }: Pick<CodePlace, "path"> & { readonly within?: string | undefined },
  wanted: string,
  count: number,
): LaneError {
  const where = within === undefined ? path : `${path}: ${within}`;
  return new LaneError(
    "overlay-no-place",
    `${where} has ${wanted} ${count === 0 ? "nowhere" : `${count} times`}, expected once`,
    {
      hint: "check out the file again; if the tree's own history changed it, this overlay does not fit that tree",
      facts: { path, wanted },
    },
  );
}
