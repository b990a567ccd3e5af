/**
 * The contents of files and links. Holes read as zeros. What an image claims to be a file of terabytes is not believed: every
 * read has a limit.
 */
import { LaneError } from "../../base/errors.js";
import { checkRange, type ByteSource } from "../../binary/byte-source.js";
import { blocksOf } from "./blocks.js";
import { damaged, readFragments, type FileSystem } from "./file-system.js";
import { isShortLink, type Inode } from "./inode.js";

/** No file of a boot disk that we read whole is larger: debug kernels are some hundred MiB. */
const FILE_LIMIT_BYTES = 1024 * 1024 * 1024;

const LONGEST_LINK_BYTES = 1024;
const CHUNK_BYTES = 64 * 1024;

/**
 * A file within a file system: only what is asked for is read, for of a kernel of 40 MB its identity needs a few hundred KiB.
 *
 * @param name what the file is called in messages
 * @throws LaneError `guest-file-too-large`; its reads throw `ufs2-damaged`, too
 * @example identifyFreebsdKernel(openFile(fs, requireInode(fs, "/boot/kernel/kernel")))
 */
export function openFile(
  fs: FileSystem,
  inode: Inode,
  { name = `inode ${inode.number}`, limitBytes = FILE_LIMIT_BYTES } = {},
): ByteSource {
  if (inode.sizeBytes > limitBytes) throw tooLarge(fs, inode, limitBytes);
  const self = { name, sizeBytes: inode.sizeBytes };
  let fragments: readonly (number | undefined)[] | undefined;
  return {
    ...self,
    read(offsetBytes, lengthBytes) {
      checkRange(self, offsetBytes, lengthBytes);
      fragments ??= fragmentsByBlock(fs, inode);
      return readBlocks(fs, fragments, offsetBytes, lengthBytes);
    },
  };
}

/** The content of a file (or of a directory) in one piece. @throws LaneError `ufs2-damaged`, `guest-file-too-large` */
export function readContent(fs: FileSystem, inode: Inode, limitBytes?: number): Uint8Array {
  const file = openFile(fs, inode, limitBytes === undefined ? {} : { limitBytes });
  return file.read(0, file.sizeBytes);
}

/** A file's content piece by piece and in order, so that a large file need not be in memory at once. */
export function* readChunks(
  fs: FileSystem,
  inode: Inode,
  limitBytes = FILE_LIMIT_BYTES,
): Generator<Uint8Array> {
  const file = openFile(fs, inode, { limitBytes });
  for (let at = 0; at < file.sizeBytes; at += CHUNK_BYTES)
    yield file.read(at, Math.min(CHUNK_BYTES, file.sizeBytes - at));
}

/** What a symbolic link points to. */
export function readLink(fs: FileSystem, inode: Inode): string {
  if (inode.sizeBytes > LONGEST_LINK_BYTES)
    throw damaged(fs, `a link of ${inode.sizeBytes} bytes, inode ${inode.number}`);
  const text = isShortLink(fs, inode)
    ? inode.shortLink.subarray(0, inode.sizeBytes)
    : readContent(fs, inode);
  return Buffer.from(text).toString("utf8");
}

/** Where each of the file's blocks is: the address of its first fragment, nothing for a hole. */
function fragmentsByBlock(fs: FileSystem, inode: Inode): readonly (number | undefined)[] {
  const fragments: (number | undefined)[] = [];
  for (const { kind, index, fragment } of blocksOf(fs, inode))
    if (kind === "data") fragments[index] = fragment;
  return fragments;
}

/** Neighbouring blocks are read at once; a hole stays the zeros that it is. */
function readBlocks(
  fs: FileSystem,
  fragments: readonly (number | undefined)[],
  offsetBytes: number,
  lengthBytes: number,
): Uint8Array {
  const { blockBytes, fragmentBytes, fragmentsPerBlock } = fs.superblock;
  const bytes = new Uint8Array(lengthBytes);
  for (let done = 0; done < lengthBytes;) {
    const first = Math.floor((offsetBytes + done) / blockBytes);
    const skipped = (offsetBytes + done) % blockBytes;
    const fragment = fragments[first];
    let count = 1;
    const follows = () => fragments[first + count] === fragment! + count * fragmentsPerBlock;
    while (fragment !== undefined && count * blockBytes - skipped < lengthBytes - done && follows())
      count += 1;
    const length = Math.min(count * blockBytes - skipped, lengthBytes - done);
    if (fragment !== undefined) {
      // Whole fragments before it: an address is of a fragment, and a file's last block may have few of them.
      const into = skipped % fragmentBytes;
      const at = fragment + (skipped - into) / fragmentBytes;
      bytes.set(readFragments(fs, at, into + length).subarray(into), done);
    }
    done += length;
  }
  return bytes;
}

function tooLarge(fs: FileSystem, inode: Inode, limitBytes: number): LaneError {
  const { number, sizeBytes } = inode;
  return new LaneError(
    "guest-file-too-large",
    `${fs.disk.name}: inode ${number} has ${sizeBytes} bytes, more than the ${limitBytes} that are read`,
    {
      hint: "copy it inside the guest",
      facts: { disk: fs.disk.name, inode: number, sizeBytes, limitBytes },
    },
  );
}
