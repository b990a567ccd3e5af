/**
 * A text dump (textdump(4)): a tar file whose blocks the kernel wrote from the end of the disk on, each before the last one.
 */
import { open, type FileHandle } from "node:fs/promises";
import type { FilePart } from "../../../host/sparse-copy.js";

const BLOCK_BYTES = 512;
const CHUNK_BYTES = 2048 * BLOCK_BYTES;

/**
 * @param to a new file
 * @param part the blocks as they are on the disk, whole ones
 * @throws the system's own errors, the signal's reason
 */
export async function copyTextDump(
  from: FileHandle,
  to: string,
  { offsetBytes, lengthBytes }: FilePart,
  signal?: AbortSignal,
): Promise<void> {
  await using target = await open(to, "wx", 0o600);
  for (let leftBytes = lengthBytes; leftBytes > 0;) {
    signal?.throwIfAborted();
    const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, leftBytes));
    await from.read(chunk, 0, chunk.length, offsetBytes + leftBytes - chunk.length);
    await target.writeFile(reversed(chunk));
    leftBytes -= chunk.length;
  }
}

function reversed(blocks: Buffer): Buffer {
  const count = Math.ceil(blocks.length / BLOCK_BYTES);
  const each = Array.from({ length: count }, (_, index) => {
    const endBytes = blocks.length - index * BLOCK_BYTES;
    return blocks.subarray(Math.max(0, endBytes - BLOCK_BYTES), endBytes);
  });
  return Buffer.concat(each);
}
