/**
 * What is printed, and who may stop reading it. `kernlane run | head` prints no more once the reader is gone; the run goes on to its
 * record, and the exit status is the run's. Any other trouble with stdout, such as a full disk, is told at the end.
 */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { LaneError, messageOf, systemCodeOf } from "../base/errors.js";
import { visible } from "../console/visible.js";

/** The reader has gone: a closed pipe, a closed terminal. */
const GONE = new Set(["EPIPE", "ECONNRESET", "EIO", "ERR_STREAM_DESTROYED"]);

let failure: unknown;
const left = new AbortController();

/** Keeps what goes wrong while printing from ending the process. Called once, before anything is printed. */
export function guardOutput(): void {
  process.stdout.on("error", (error) => {
    failure ??= error;
    left.abort();
  });
  // Nobody can be told.
  process.stderr.on("error", () => undefined);
}

/** @throws LaneError `output-failed` (host) when something of what was printed did not arrive, though there is a reader */
export async function requireOutput(): Promise<void> {
  if (failure === undefined)
    await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  const code = systemCodeOf(failure);
  if (failure === undefined || (code !== undefined && GONE.has(code))) return;
  const message = `what is printed cannot be written to stdout: ${messageOf(failure)}`;
  throw new LaneError("output-failed", message, { cause: failure });
}

/** For a command that only shows something: aborted when nothing more can be printed. */
export function whenReaderLeaves(): AbortSignal {
  return left.signal;
}

export function print(text: string): void {
  if (failure === undefined) process.stdout.write(text);
}

/** A sentence beside the output: on stderr. */
export function note(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

/** How a machine ended, with all that its hypervisor said. */
export function noteEnd({ how, detail, said = [] }: EndedMachine): void {
  note(`machine ${how}: ${visible(detail)}`);
  for (const line of said) note(`  ${visible(line)}`);
}

interface EndedMachine {
  readonly how: string;
  readonly detail: string;
  readonly said?: readonly string[];
}

export function printJson(value: unknown): void {
  print(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Prints no faster than it is read, and ends quietly when it is read no more. */
export async function printChunks(
  chunks: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): Promise<void> {
  try {
    await pipeline(Readable.from(chunks, { objectMode: false }), process.stdout, { end: false });
  } catch (error) {
    // What the guard has heard is told at the end; anything else is trouble with what is read.
    if (error !== failure) throw error;
  }
}

/** Whether lines can be drawn again in their place. */
export function isScreen(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && process.env["TERM"] !== "dumb";
}
