/**
 * A copy of a file, or of a part of it, in which blocks of zeros take no space.
 */
import { open, type FileHandle } from "node:fs/promises";
import { dataRuns } from "./data-runs.js";

const CHUNK_BYTES = 1024 * 1024;
const ZEROS = Buffer.alloc(CHUNK_BYTES);

export interface FilePart {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

const WHOLE: FilePart = { offsetBytes: 0, lengthBytes: Infinity };

/**
 * @param to a new file, readable by nobody else: it may be a guest's memory
 * @param part what is copied of it, as far as the file goes. Default: all
 * @throws the system's own errors, the signal's reason
 * @example await copySparse(await open("memory"), "kept/memory");
 */
export async function copySparse(
  from: FileHandle,
  to: string,
  part: FilePart = WHOLE,
  signal?: AbortSignal,
): Promise<void> {
  const target = await open(to, "wx", 0o600);
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let offsetBytes = 0;
    for (;;) {
      signal?.throwIfAborted();
      const wantedBytes = Math.min(chunk.length, part.lengthBytes - offsetBytes);
      const { bytesRead } = await from.read(chunk, 0, wantedBytes, part.offsetBytes + offsetBytes);
      if (bytesRead === 0) break;
      const read = chunk.subarray(0, bytesRead);
      // Most of a guest's memory is empty: that is seen at once.
      const runs = ZEROS.subarray(0, bytesRead).equals(read) ? [] : dataRuns(read, offsetBytes);
      for (const run of runs) {
        await writeFully(target, chunk.subarray(run.from, run.to), offsetBytes + run.from);
      }
      offsetBytes += bytesRead;
    }
    await target.truncate(offsetBytes);
  } finally {
    await target.close();
  }
}

async function writeFully(file: FileHandle, bytes: Uint8Array, atBytes: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done, atBytes + done)).bytesWritten;
  }
}
