/**
 * What applying or reverting the overlay would change in a tree. Nothing is written here, and every conflict is found
 * here, so that a tree is changed whole or not at all.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LaneError, messageOf, systemCodeOf } from "../../../base/errors.js";
import { applyLineEdits, revertLineEdits, type LineEdit } from "./marked-block.js";
import { loadOverlay, overlayScope, type NewFile } from "./overlay.js";
import type { SourceTree } from "./source-tree.js";

export interface SourceChange {
  /** Relative to the root of the tree. */
  readonly path: string;
  /** Contents, one character a byte (latin1); `undefined` where there is no file. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export type OverlayDirection = "apply" | "revert";

/**
 * The files that would be different afterwards; none when the tree is as asked for already.
 *
 * @throws LaneError `syscall-slot-taken`, `syscall-slot-absent`, `syscall-name-taken`, `overlay-conflict`,
 *   `overlay-edited`, `overlay-no-place`, `source-file-unreadable` (image)
 * @example planOverlay(openSourceTree("/usr/src"), "apply").map(({ path }) => path);
 */
export function planOverlay(
  tree: SourceTree,
  direction: OverlayDirection,
): readonly SourceChange[] {
  const { newFiles, lineEdits } = loadOverlay(overlayScope(tree));
  const paths = [...new Set(lineEdits.map(({ path }) => path))];
  const changes = [
    ...paths.map((path) =>
      editFile(
        tree,
        path,
        lineEdits.filter((edit) => edit.path === path),
        direction,
      ),
    ),
    ...newFiles.map((file) => placeNewFile(tree, file, direction)),
  ];
  return changes.filter(({ before, after }) => before !== after);
}

function editFile(
  tree: SourceTree,
  path: string,
  edits: readonly LineEdit[],
  direction: OverlayDirection,
): SourceChange {
  const before = readSource(tree, path);
  if (before === undefined) throw unreadable(path, "it is gone");
  const after =
    direction === "apply" ? applyLineEdits(before, edits) : revertLineEdits(before, edits);
  return { path, before, after };
}

function placeNewFile(tree: SourceTree, file: NewFile, direction: OverlayDirection): SourceChange {
  const before = readSource(tree, file.path);
  if (before !== undefined && before !== file.text) throw notOurs(file.path, direction);
  return { path: file.path, before, after: direction === "apply" ? file.text : undefined };
}

function readSource(tree: SourceTree, path: string): string | undefined {
  try {
    return readFileSync(join(tree.path, path), "latin1");
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return undefined;
    throw unreadable(path, messageOf(error), error);
  }
}

function unreadable(path: string, why: string, cause?: unknown): LaneError {
  return new LaneError("source-file-unreadable", `${path} cannot be read: ${why}`, {
    facts: { path },
    cause,
  });
}

function notOurs(path: string, direction: OverlayDirection): LaneError {
  return new LaneError(
    "overlay-conflict",
    `${path} is there and is not the overlay's file, or was edited since`,
    {
      hint:
        direction === "apply"
          ? "if another version of kernlane put it there, revert with that one first; else move that file away"
          : "if another version of kernlane put it there, revert with that one; else it holds work that is not kernlane's: move or remove it yourself, then revert again",
      facts: { path },
    },
  );
}
