/**
 * Lines of ours in a file of somebody else, between two comment lines:
 *
 *     ; kernlane overlay: begin, in place of <the line that stood here>
 *     …
 *     ; kernlane overlay: end
 *
 * The first comment keeps the line that the block replaced (an inserted block has only `begin`), so that taking the
 * blocks out gives back the file byte for byte, whatever was changed elsewhere in it meanwhile and with no record kept
 * outside of the tree. A file may hold several blocks; each is known by what stands in it.
 */
import { LaneError } from "../../../base/errors.js";

export interface LineEdit {
  /** The file, relative to the root of the tree. */
  readonly path: string;
  /** What begins a comment there. */
  readonly comment: ";" | "#" | "/*";
  /** The line that the block goes before, or replaces; counted from 0. Throws where there is no place for it. */
  readonly locate: (lines: readonly string[]) => number;
  readonly replaces: boolean;
  /** The lines between the comments, given the one that they replace (`""` for an inserted block). */
  readonly render: (replaced: string) => readonly string[];
}

const IN_PLACE_OF = ", in place of ";

/**
 * Puts those blocks into a file that are not there yet.
 *
 * @param edits all of one file
 * @throws LaneError `overlay-edited` (image) when a block is there and is not as it was written
 */
export function applyLineEdits(text: string, edits: readonly LineEdit[]): string {
  const lines = text.split("\n");
  const present = findBlocks(lines, edits).map(({ edit }) => edit);
  for (const edit of edits) if (!present.includes(edit)) insertBlock(lines, edit);
  return lines.join("\n");
}

/**
 * Takes those blocks out of a file that are there.
 *
 * @param edits all of one file
 * @throws LaneError `overlay-edited` (image) when a block is there and is not as it was written
 */
export function revertLineEdits(text: string, edits: readonly LineEdit[]): string {
  const lines = text.split("\n");
  for (const { start, count, replaced, edit } of findBlocks(lines, edits).reverse())
    lines.splice(start, count, ...(edit.replaces ? [replaced] : []));
  return lines.join("\n");
}

function insertBlock(lines: string[], edit: LineEdit): void {
  const at = edit.locate(lines);
  const replaced = edit.replaces ? lines[at]! : "";
  const begin = comment(edit, `begin${edit.replaces ? IN_PLACE_OF + replaced : ""}`);
  const block = [begin, ...edit.render(replaced), comment(edit, "end")];
  lines.splice(at, edit.replaces ? 1 : 0, ...block);
}

interface Block {
  readonly edit: LineEdit;
  readonly start: number;
  /** Lines, both comments included. */
  readonly count: number;
  readonly replaced: string;
}

/** In the order of the file. */
function findBlocks(lines: readonly string[], edits: readonly LineEdit[]): Block[] {
  const [{ path, comment: opening } = { path: "", comment: "#" }] = edits;
  const marker = `${opening} kernlane overlay: `;
  const marked = lines.flatMap((line, index) => (line.startsWith(marker) ? [index] : []));
  const blocks: Block[] = [];
  for (let i = 0; i < marked.length; i += 2) {
    const start = marked[i]!;
    const free = edits.filter((edit) => !blocks.some((block) => block.edit === edit));
    const block = readBlock(lines.slice(start, (marked[i + 1] ?? start) + 1), start, free);
    if (block === undefined) throw edited(path, start + 1);
    blocks.push(block);
  }
  return blocks;
}

/** @param block from one marker to the next */
function readBlock(
  block: readonly string[],
  start: number,
  edits: readonly LineEdit[],
): Block | undefined {
  const text = block.join("\n");
  return edits
    .map((edit) => ({ edit, start, count: block.length, replaced: replacedBy(block[0]!, edit) }))
    .find(({ edit, replaced }) => {
      const begin = comment(edit, `begin${edit.replaces ? IN_PLACE_OF + replaced : ""}`);
      return text === [begin, ...edit.render(replaced), comment(edit, "end")].join("\n");
    });
}

function replacedBy(begin: string, edit: LineEdit): string {
  const opening = `${edit.comment} kernlane overlay: begin${IN_PLACE_OF}`;
  return edit.replaces && begin.startsWith(opening) ? begin.slice(opening.length) : "";
}

function comment({ comment: opening }: LineEdit, text: string): string {
  return `${opening} kernlane overlay: ${text}${opening === "/*" ? " */" : ""}`;
}

function edited(path: string, line: number): LaneError {
  return new LaneError(
    "overlay-edited",
    `${path}:${line}: the overlay's lines there are not as kernlane wrote them`,
    { facts: { path, line } },
  );
}
