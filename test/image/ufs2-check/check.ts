/**
 * A strict check of a whole file system: everything that fsck_ffs(8) looks at in its five passes, and nothing is mended.
 * The writer's work is held against it, so a finding on a sound image is a mistake of the checker, and silence about a
 * damaged one, too: `check.test.ts` damages every invariant in turn.
 */
import { checkDirectories } from "./directories.js";
import { checkGroups } from "./groups.js";
import { checkInodes } from "./inodes.js";
import type { FileSystem } from "../../../src/disk/ufs2/file-system.js";
import { FLAG } from "../../../src/disk/ufs2/superblock.js";
import { setBit } from "../../../src/disk/ufs2/free-space.js";
import { typeOfMode, type Inode } from "../../../src/disk/ufs2/inode.js";

export interface Finding {
  /** What kind of invariant is broken, such as `link-count`. */
  readonly code: string;
  /** Where, and what was found against what was expected. */
  readonly message: string;
}

/** What the passes learn from each other. */
export interface CheckState {
  readonly fs: FileSystem;
  readonly findings: Finding[];
  /** A set bit is a fragment that something holds. */
  readonly used: Uint8Array;
  /** The inodes in use, by number. */
  readonly inodes: Map<number, Inode>;
  /** The names in the root directory. */
  readonly names: Map<string, number>;
}

/** A badly damaged file system has one finding after the other; the first hundreds tell enough. */
const FINDING_LIMIT = 500;

/**
 * Empty when the file system is sound.
 *
 * @example checkFileSystem(fs).map(({ code, message }) => `${code}: ${message}`)
 */
export function checkFileSystem(fs: FileSystem): readonly Finding[] {
  const used = new Uint8Array(Math.ceil(fs.superblock.sizeFragments / 8) + 1);
  const state: CheckState = { fs, findings: [], used, inodes: new Map(), names: new Map() };
  checkSuperblock(state);
  reserveMetadata(state);
  checkInodes(state);
  checkDirectories(state);
  checkGroups(state);
  checkJournal(state);
  return state.findings;
}

export function found(state: CheckState, code: string, message: string): void {
  if (state.findings.length < FINDING_LIMIT) state.findings.push({ code, message });
}

/** Notes a finding unless two values are equal. */
export function expectEqual(
  state: CheckState,
  code: string,
  what: string,
  seen: unknown,
  expected: unknown,
): void {
  if (seen !== expected)
    found(state, code, `${what}: found ${String(seen)}, expected ${String(expected)}`);
}

function checkSuperblock(state: CheckState): void {
  const { superblock } = state.fs;
  expectEqual(state, "superblock-state", "clean flag", superblock.clean, 1);
  expectEqual(state, "superblock-state", "modified flag", superblock.modified, 0);
  expectEqual(
    state,
    "superblock-state",
    "unclean and fsck flags",
    superblock.flags & (FLAG.unclean | FLAG.needsFsck),
    0,
  );
  expectEqual(state, "superblock-state", "blocks still to be freed", superblock.pendingBlocks, 0);
  expectEqual(state, "superblock-state", "inodes still to be freed", superblock.pendingInodes, 0);
  expectEqual(
    state,
    "superblock-state",
    "head of the list of unlinked inodes",
    superblock.unlinkedInodes,
    0,
  );
}

/** What no inode holds: boot and superblock area, group blocks, inodes, the summary area. */
function reserveMetadata({ fs, used }: CheckState): void {
  const sb = fs.superblock;
  for (let group = 0; group < sb.groupCount; group++) {
    const base = group * sb.fragmentsPerGroup;
    const first = group === 0 ? 0 : sb.superblockFragment;
    for (let fragment = first; fragment < sb.dataFragment; fragment++)
      setBit(used, base + fragment);
  }
  const summaryFragments = Math.ceil(sb.summaryBytes / sb.fragmentBytes);
  for (let index = 0; index < summaryFragments; index++) setBit(used, sb.summaryFragment + index);
}

/** Journaled soft updates keep their journal in a file of the root directory that fsck(8) looks for by name. */
function checkJournal(state: CheckState): void {
  if ((state.fs.superblock.flags & FLAG.journaledSoftUpdates) === 0) return;
  const journal = state.inodes.get(state.names.get(".sujournal") ?? 0);
  if (journal === undefined) found(state, "journal", "there is no /.sujournal");
  else if (typeOfMode(journal.mode) !== "file")
    found(state, "journal", "/.sujournal is no regular file");
}
