/**
 * A file within a file system, as a disk of its own: of a kernel of 40 MB its identity needs a few hundred KiB, and only
 * what is asked for is read.
 */
import { checkRange, type ByteSource } from "../../binary/byte-source.js";
import { blocksOf } from "./blocks.js";
import { readFragments, type FileSystem } from "./file-system.js";
import type { Inode } from "./inode.js";
import { FILE_LIMIT_BYTES, tooLarge } from "./read-file.js";

/**
 * @param name what the file is called in messages
 * @throws LaneError `guest-file-too-large`; its reads throw `ufs2-damaged`, too
 * @example identifyFreebsdKernel(innerFile(fs, requireInode(fs, "/boot/kernel/kernel"), "/boot/kernel/kernel"))
 */
export function innerFile(fs: FileSystem, inode: Inode, name: string): ByteSource {
  if (inode.sizeBytes > FILE_LIMIT_BYTES) throw tooLarge(fs, inode, FILE_LIMIT_BYTES);
  const self = { name, sizeBytes: inode.sizeBytes };
  const { blockBytes } = fs.superblock;
  let fragments: ReadonlyMap<number, number> | undefined;
  return {
    ...self,
    read(offsetBytes, lengthBytes) {
      checkRange(self, offsetBytes, lengthBytes);
      fragments ??= fragmentsByBlock(fs, inode);
      const bytes = new Uint8Array(lengthBytes);
      for (let doneBytes = 0; doneBytes < lengthBytes;) {
        const atBytes = offsetBytes + doneBytes;
        const skippedBytes = atBytes % blockBytes;
        const pieceBytes = Math.min(blockBytes - skippedBytes, lengthBytes - doneBytes);
        const fragment = fragments.get(Math.floor(atBytes / blockBytes));
        // What is not in the map is a hole and reads as the zeros that are there already.
        if (fragment !== undefined) {
          const read = readFragments(fs, fragment, skippedBytes + pieceBytes);
          bytes.set(read.subarray(skippedBytes), doneBytes);
        }
        doneBytes += pieceBytes;
      }
      return bytes;
    },
  };
}

/** Where each of the file's blocks is: the address of its first fragment. */
function fragmentsByBlock(fs: FileSystem, inode: Inode): ReadonlyMap<number, number> {
  const fragments = new Map<number, number>();
  for (const { kind, index, fragment } of blocksOf(fs, inode))
    if (kind === "data") fragments.set(index, fragment);
  return fragments;
}
