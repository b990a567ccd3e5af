/**
 * Puts a dump in the flattened format of makedumpfile(8) in order, as its option -R does: QEMU writes that format because it may be sent through a
 * pipe, and not every debugger reads it.
 *
 *     OFFSET  SIZE  MEANING (numbers big-endian)
 *          0    16  "makedumpfile", zeros
 *         16     8  1, the type
 *         24     8  1, the version
 *       4096        pieces: 8 bytes where it belongs, 8 bytes its size, its bytes
 *                   the last one: -1, -1
 *
 * Source: QEMU's include/sysemu/dump.h; makedumpfile's IMPLEMENTATION.
 */
import { open, type FileHandle } from "node:fs/promises";

const SIGNATURE = "makedumpfile\0\0\0\0";
const HEADER_BYTES = 4096;
const PIECE_BYTES = 16;
const CHUNK_BYTES = 1024 * 1024;
const END = -1n;

/** Whether a file is a dump in the flattened format. */
export async function isFlattened(path: string): Promise<boolean> {
  await using file = await open(path);
  const head = Buffer.alloc(SIGNATURE.length);
  await file.read(head, 0, head.length, 0);
  return head.toString("latin1") === SIGNATURE;
}

/**
 * @param to a new file
 * @returns whether the dump had its end
 * @throws the system's own errors
 */
export async function unflatten(from: string, to: string): Promise<boolean> {
  await using source = await open(from);
  await using target = await open(to, "wx", 0o600);
  const { size } = await source.stat();
  const buffer = Buffer.alloc(CHUNK_BYTES);
  const head = Buffer.alloc(PIECE_BYTES);
  for (let at = HEADER_BYTES; ;) {
    const { bytesRead } = await source.read(head, 0, PIECE_BYTES, at);
    if (bytesRead < PIECE_BYTES) return false;
    const placeBytes = head.readBigInt64BE(0);
    if (placeBytes === END) return true;
    const pieceBytes = Number(head.readBigInt64BE(8));
    at += PIECE_BYTES;
    if (placeBytes < 0n || pieceBytes < 0 || at + pieceBytes > size) return false;
    await copyPiece({ source, target, buffer }, at, Number(placeBytes), pieceBytes);
    at += pieceBytes;
  }
}

interface Copy {
  readonly source: FileHandle;
  readonly target: FileHandle;
  readonly buffer: Buffer;
}

async function copyPiece(
  { source, target, buffer }: Copy,
  from: number,
  to: number,
  pieceBytes: number,
): Promise<void> {
  for (let done = 0; done < pieceBytes;) {
    const wanted = Math.min(buffer.length, pieceBytes - done);
    const { bytesRead } = await source.read(buffer, 0, wanted, from + done);
    const { bytesWritten } = await target.write(buffer, 0, bytesRead, to + done);
    if (bytesWritten === 0) throw new Error(`nothing could be written at ${to + done}`);
    done += bytesWritten;
  }
}
