/**
 * The contents of files and links. Holes read as zeros. What an image claims to be a file of terabytes is not believed:
 * every read has a limit.
 */
import { LaneError } from "../../base/errors.js";
import { blocksOf } from "./blocks.js";
import { damaged, readFragments, type FileSystem } from "./file-system.js";
import { isShortLink, type Inode } from "./inode.js";

/** No file of a boot disk that we read whole is larger: debug kernels are some hundred MiB. */
export const FILE_LIMIT_BYTES = 1024 * 1024 * 1024;

const LONGEST_LINK_BYTES = 1024;

/**
 * A file's content, piece by piece and in order, so that a large file need not be in memory at once.
 *
 * @throws LaneError `ufs2-damaged`, `guest-file-too-large`
 */
export function* readChunks(
  fs: FileSystem,
  inode: Inode,
  limitBytes: number = FILE_LIMIT_BYTES,
): Generator<Uint8Array> {
  if (inode.sizeBytes > limitBytes) throw tooLarge(fs, inode, limitBytes);
  const { blockBytes } = fs.superblock;
  let doneBytes = 0;
  for (const block of blocksOf(fs, inode)) {
    if (block.kind === "indirect") continue;
    yield* zeros(block.index * blockBytes - doneBytes, blockBytes);
    const startBytes = block.index * blockBytes;
    const lengthBytes = Math.min(blockBytes, inode.sizeBytes - startBytes);
    yield readFragments(fs, block.fragment, lengthBytes);
    doneBytes = startBytes + lengthBytes;
  }
  yield* zeros(inode.sizeBytes - doneBytes, blockBytes);
}

/** The content of a file (or of a directory) in one piece. */
export function readContent(
  fs: FileSystem,
  inode: Inode,
  limitBytes: number = FILE_LIMIT_BYTES,
): Uint8Array {
  if (inode.sizeBytes > limitBytes) throw tooLarge(fs, inode, limitBytes);
  const { blockBytes } = fs.superblock;
  const content = new Uint8Array(inode.sizeBytes);
  for (const block of blocksOf(fs, inode)) {
    if (block.kind === "indirect") continue;
    const startBytes = block.index * blockBytes;
    const lengthBytes = Math.min(blockBytes, inode.sizeBytes - startBytes);
    content.set(readFragments(fs, block.fragment, lengthBytes), startBytes);
  }
  return content;
}

/** What a symbolic link points to. */
export function readLink(fs: FileSystem, inode: Inode): string {
  if (inode.sizeBytes > LONGEST_LINK_BYTES)
    throw damaged(fs, `a link of ${inode.sizeBytes} bytes, inode ${inode.number}`);
  const text = isShortLink(fs, inode)
    ? inode.shortLink.subarray(0, inode.sizeBytes)
    : readContent(fs, inode, LONGEST_LINK_BYTES);
  return Buffer.from(text).toString("utf8");
}

function* zeros(lengthBytes: number, pieceBytes: number): Generator<Uint8Array> {
  for (let left = lengthBytes; left > 0; left -= pieceBytes)
    yield new Uint8Array(Math.min(left, pieceBytes));
}

export function tooLarge(fs: FileSystem, inode: Inode, limitBytes: number): LaneError {
  return new LaneError(
    "guest-file-too-large",
    `${fs.disk.name}: inode ${inode.number} has ${inode.sizeBytes} bytes, more than the ${limitBytes} that are read`,
    {
      hint: "copy it inside the guest",
      facts: { disk: fs.disk.name, inode: inode.number, sizeBytes: inode.sizeBytes, limitBytes },
    },
  );
}
