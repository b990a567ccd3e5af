/**
 * Which file systems edits may be planned for: only those that were unmounted in order, and that have nothing that would
 * need more than our edits to stay right. A soft-updates journal is fine on a clean file system: it is not replayed.
 */
import { LaneError, type ErrorCode } from "../../base/errors.js";
import type { FileSystem } from "./file-system.js";
import { FLAG, type Superblock } from "./superblock.js";

/** @throws LaneError `ufs2-unclean`, `ufs2-needs-fsck`, `ufs2-gjournal`, `ufs2-has-snapshots`, `ufs2-unknown-hashes` */
export function requireWritable(fs: FileSystem): void {
  const refusal = REFUSALS.find(({ applies }) => applies(fs.superblock));
  if (refusal === undefined) return;
  throw new LaneError(
    refusal.code,
    `${fs.disk.name}: the UFS2 file system at byte ${fs.offsetBytes} ${refusal.found}`,
    {
      hint: refusal.hint,
      facts: {
        disk: fs.disk.name,
        offsetBytes: fs.offsetBytes,
        flags: fs.superblock.flags,
        clean: fs.superblock.clean,
      },
    },
  );
}

interface Refusal {
  readonly code: ErrorCode;
  readonly applies: (sb: Superblock) => boolean;
  readonly found: string;
  readonly hint: string;
}

const RUN_FSCK = "boot the image once and shut it down in order, or run fsck_ffs on it";

const REFUSALS: readonly Refusal[] = [
  {
    code: "ufs2-unclean",
    applies: (sb) => sb.clean !== 1 || (sb.flags & FLAG.unclean) !== 0,
    found: "was not unmounted in order (fs_clean is not 1)",
    hint: RUN_FSCK,
  },
  {
    code: "ufs2-needs-fsck",
    applies: (sb) =>
      (sb.flags & FLAG.needsFsck) !== 0 || sb.pendingBlocks !== 0 || sb.pendingInodes !== 0,
    found: "has unfinished work that only fsck can do",
    hint: RUN_FSCK,
  },
  {
    code: "ufs2-needs-fsck",
    applies: (sb) => sb.unlinkedInodes !== 0,
    found: "has unlinked inodes in its soft-updates journal's list",
    hint: RUN_FSCK,
  },
  {
    code: "ufs2-gjournal",
    applies: (sb) => (sb.flags & FLAG.gjournal) !== 0,
    found: "is kept by gjournal, whose journal an edit would bypass",
    hint: "give an image without gjournal",
  },
  {
    code: "ufs2-has-snapshots",
    applies: (sb) => sb.snapshots.some((inode) => inode !== 0),
    found: "has snapshots, which need a copy of every block before it is changed",
    hint: "remove the snapshots (rm /.snap/*) in the guest",
  },
  {
    code: "ufs2-unknown-hashes",
    applies: (sb) => (sb.flags & FLAG.checkHashes) !== 0 && (sb.hashedMetadata & ~0x7) !== 0,
    found: "carries check-hashes of a kind that we cannot keep right",
    hint: "this kernlane is too old for the image",
  },
];
