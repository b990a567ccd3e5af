/**
 * Lines of ours in a file of somebody else, between two comment lines:
 *
 *     ; kernlane overlay: begin, in place of <the line that stood here>
 *     …
 *     ; kernlane overlay: end
 *
 * The first comment keeps the line that the block replaced (an inserted block has only `begin`), so that taking the
 * block out gives back the file byte for byte, whatever was changed elsewhere in it meanwhile and with no record kept
 * outside of the tree.
 */
import { LaneError } from "../../../base/errors.js";

export interface LineEdit {
  /** The file, relative to the root of the tree. */
  readonly path: string;
  /** What begins a comment there. */
  readonly comment: ";" | "#";
  /** The line that the block goes before, or replaces; counted from 0. Throws where there is no place for it. */
  readonly locate: (lines: readonly string[]) => number;
  readonly replaces: boolean;
  /** The lines between the comments, given the one that they replace (`""` for an inserted block). */
  readonly render: (replaced: string) => readonly string[];
}

const IN_PLACE_OF = ", in place of ";

/** @throws LaneError `overlay-edited` (image) when the block is there and is not as it was written */
export function applyLineEdit(text: string, edit: LineEdit): string {
  const lines = text.split("\n");
  if (findBlock(lines, edit) !== undefined) return text;
  const at = edit.locate(lines);
  const replaced = edit.replaces ? lines[at]! : "";
  const begin = `${edit.comment} kernlane overlay: begin${edit.replaces ? IN_PLACE_OF + replaced : ""}`;
  lines.splice(
    at,
    edit.replaces ? 1 : 0,
    begin,
    ...edit.render(replaced),
    `${edit.comment} kernlane overlay: end`,
  );
  return lines.join("\n");
}

/** @throws LaneError `overlay-edited` (image) when the block is there and is not as it was written */
export function revertLineEdit(text: string, edit: LineEdit): string {
  const lines = text.split("\n");
  const block = findBlock(lines, edit);
  if (block === undefined) return text;
  const { start, count, replaced } = block;
  lines.splice(start, count, ...(edit.replaces ? [replaced] : []));
  return lines.join("\n");
}

interface Block {
  readonly start: number;
  /** Lines, both comments included. */
  readonly count: number;
  readonly replaced: string;
}

function findBlock(lines: readonly string[], edit: LineEdit): Block | undefined {
  const marker = `${edit.comment} kernlane overlay: `;
  const marked = lines.flatMap((line, index) => (line.startsWith(marker) ? [index] : []));
  if (marked.length === 0) return undefined;
  const [start = 0, end = start] = marked;
  const opening = `${marker}begin${edit.replaces ? IN_PLACE_OF : ""}`;
  const first = lines[start]!;
  const replaced = first.slice(opening.length);
  const expected = edit.render(replaced);
  const untouched =
    marked.length === 2 &&
    (edit.replaces ? first.startsWith(opening) : first === opening) &&
    lines[end] === `${marker}end` &&
    lines.slice(start + 1, end).join("\n") === expected.join("\n");
  if (!untouched) throw edited(edit.path, start + 1);
  return { start, count: end - start + 1, replaced };
}

function edited(path: string, line: number): LaneError {
  return new LaneError(
    "overlay-edited",
    `${path}:${line}: the overlay's lines there are not as kernlane wrote them`,
    { facts: { path, line } },
  );
}
