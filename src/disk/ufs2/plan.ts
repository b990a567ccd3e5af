/**
 * Changes to a guest's files as edits of its disk. Nothing is written: the edits are the result, and `finish-draft.ts`
 * says in which order they are to be applied and what holds if only the first few of them are.
 */
import type { Edit } from "../edits.js";
import { filesystemFull, freeFragmentsLeft } from "./allocation.js";
import { applyChange } from "./apply-change.js";
import { openDraft } from "./draft.js";
import type { FileChange } from "./file-change.js";
import type { FileSystem } from "./file-system.js";
import { finishDraft } from "./finish-draft.js";
import { fragmentsNeeded } from "./place-content.js";
import { requireWritable } from "./require-writable.js";

export interface PlanOptions {
  /** Unix time that new and changed files get: the caller's, so that the same plan is the same bytes. */
  readonly timeSeconds: number;
}

/**
 * @throws LaneError `ufs2-unclean`, `ufs2-needs-fsck`, `ufs2-gjournal`, `ufs2-has-snapshots`, `ufs2-unknown-hashes`,
 *   `filesystem-full` (with how much is missing), and those of `applyChange`; after a throw nothing is to be applied
 * @example
 * const edits = planFiles(fs, [
 *   { kind: "directory", path: "/boot/TWQDEBUG" },
 *   { kind: "file", path: "/boot/TWQDEBUG/kernel", content: kernel, mode: 0o555 },
 * ], { timeSeconds: 1_700_000_000 });
 */
export function planFiles(
  fs: FileSystem,
  changes: readonly FileChange[],
  { timeSeconds }: PlanOptions,
): readonly Edit[] {
  requireWritable(fs);
  requireSpace(fs, changes);
  const draft = openDraft(fs, timeSeconds);
  for (const change of changes) applyChange(draft, change);
  return finishDraft(draft);
}

/**
 * Refuses what cannot fit before any work is done, with the whole of what is missing. What the plan itself frees does not
 * count, since it is freed last. Whether what could fit does is seen when it is placed: space may be in pieces.
 */
function requireSpace(fs: FileSystem, changes: readonly FileChange[]): void {
  let needed = 0;
  for (const change of changes) {
    if (change.kind === "file" || change.kind === "append")
      needed += fragmentsNeeded(fs, change.content.length);
    if (change.kind === "directory") needed += 1;
  }
  const missing = needed - freeFragmentsLeft(fs);
  if (missing > 0) throw filesystemFull(fs, missing);
}
