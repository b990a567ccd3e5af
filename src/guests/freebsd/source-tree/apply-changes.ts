/**
 * Writes planned changes into a tree: all of them, or none.
 *
 * A file is written in place and not by rename, so that its mode, owner and links stay as they are.
 */
import { accessSync, constants, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { LaneError, messageOf } from "../../../base/errors.js";
import type { SourceChange } from "./overlay-plan.js";
import type { SourceTree } from "./source-tree.js";

/**
 * @throws LaneError `source-tree-unwritable` (host); the tree is then as it was before the call, unless the message says
 *   which files could not be put back
 */
export function applyChanges(tree: SourceTree, changes: readonly SourceChange[]): void {
  for (const change of changes) requireWritable(tree, change);
  const begun: SourceChange[] = [];
  for (const change of changes) {
    begun.push(change);
    try {
      write(tree, change.path, change.after);
    } catch (error) {
      throw unwritable(change.path, messageOf(error), error, putBack(tree, begun));
    }
  }
}

function requireWritable(tree: SourceTree, { path, before, after }: SourceChange): void {
  const inPlace = before !== undefined && after !== undefined;
  const target = join(tree.path, path);
  try {
    accessSync(inPlace ? target : dirname(target), constants.W_OK);
  } catch (error) {
    throw unwritable(path, messageOf(error), error, []);
  }
}

function write(tree: SourceTree, path: string, text: string | undefined): void {
  const target = join(tree.path, path);
  if (text === undefined) rmSync(target);
  else writeFileSync(target, text, "latin1");
}

/** @returns the files that could not be put back */
function putBack(tree: SourceTree, begun: readonly SourceChange[]): readonly string[] {
  return begun.flatMap(({ path, before }) => {
    try {
      if (before === undefined) rmSync(join(tree.path, path), { force: true });
      else write(tree, path, before);
      return [];
    } catch {
      return [path];
    }
  });
}

function unwritable(
  path: string,
  why: string,
  cause: unknown,
  notPutBack: readonly string[],
): LaneError {
  return new LaneError(
    "source-tree-unwritable",
    notPutBack.length === 0
      ? `${path} cannot be written: ${why}; the tree is as it was`
      : `${path} cannot be written: ${why}; and these could not be put back: ${notPutBack.join(", ")}`,
    {
      hint:
        notPutBack.length === 0
          ? "check the permissions of the tree and the space left, or work on a copy of your own"
          : "check those files out again",
      facts: { path },
      cause,
    },
  );
}
