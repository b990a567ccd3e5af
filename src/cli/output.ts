/**
 * Output that a reader may stop reading: `kernlane inspect IMAGE cat PATH | head` ends quietly.
 */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { systemCodeOf } from "../base/errors.js";

/** Writes to stdout, no faster than it is read. */
export async function writeOut(chunks: Iterable<string | Uint8Array>): Promise<void> {
  try {
    await pipeline(Readable.from(chunks, { objectMode: false }), process.stdout, { end: false });
  } catch (error) {
    if (systemCodeOf(error) !== "EPIPE") throw error;
  }
}
