/**
 * A source of which many small places are read, and most is not: a kernel's file in a file system, where each read looks for its blocks anew.
 */
import { checkRange, type ByteSource } from "./byte-source.js";

const WINDOW_BYTES = 128 * 1024;

/** The same bytes, read a window at a time; what was read once is kept. */
export function windowedSource(source: ByteSource): ByteSource {
  const windows = new Map<number, Uint8Array>();
  const windowAt = (index: number): Uint8Array => {
    const from = index * WINDOW_BYTES;
    const known = windows.get(index);
    const window = known ?? source.read(from, Math.min(WINDOW_BYTES, source.sizeBytes - from));
    windows.set(index, window);
    return window;
  };
  return {
    name: source.name,
    sizeBytes: source.sizeBytes,
    read(offsetBytes, lengthBytes) {
      checkRange(source, offsetBytes, lengthBytes);
      const bytes = new Uint8Array(lengthBytes);
      for (let done = 0; done < lengthBytes;) {
        const at = offsetBytes + done;
        const window = windowAt(Math.floor(at / WINDOW_BYTES));
        const from = at % WINDOW_BYTES;
        const part = window.subarray(from, from + lengthBytes - done);
        bytes.set(part, done);
        done += part.length;
      }
      return bytes;
    },
  };
}
