/** File systems give out space in blocks of this size at least; a shorter run of zeros would save nothing. */
const BLOCK_BYTES = 4096;
const ZEROS = Buffer.alloc(BLOCK_BYTES);

/** From one index to before another. */
export interface DataRun {
  readonly from: number;
  readonly to: number;
}

/**
 * The parts of a chunk that are not whole blocks of zeros.
 *
 * @param offsetBytes of the chunk in its file: the blocks are the file's
 */
export function* dataRuns(chunk: Uint8Array, offsetBytes: number): Iterable<DataRun> {
  let runFrom: number | undefined;
  for (let at = 0; at < chunk.length;) {
    const end = Math.min(chunk.length, at + BLOCK_BYTES - ((offsetBytes + at) % BLOCK_BYTES));
    const isZero = ZEROS.subarray(0, end - at).equals(chunk.subarray(at, end));
    if (isZero && runFrom !== undefined) {
      yield { from: runFrom, to: at };
      runFrom = undefined;
    }
    if (!isZero) runFrom ??= at;
    at = end;
  }
  if (runFrom !== undefined) yield { from: runFrom, to: chunk.length };
}
