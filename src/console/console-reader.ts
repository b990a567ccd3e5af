import type { ConsoleEvent } from "./events.js";

export type GuestFamily = "freebsd" | "linux";

export interface ConsoleReaderOptions {
  readonly family: GuestFamily;
  /** How much of the console `tail()` can look back on. Default 131072 (128 KiB). */
  readonly contextBytes?: number;
}

/** Reads one console. Pure: no clock, no process; the owner says when it was quiet and when it ended. */
export interface ConsoleReader {
  /** Bytes as they came, in pieces of any size. How they are cut does not change the events. */
  push(chunk: Uint8Array): readonly ConsoleEvent[];
  /** Text that we sent to the guest: its echo is no mark. Say it before the echo can come. */
  typed(text: string): void;
  /** Nothing came for a while (a second or two): a report that is still open is closed. */
  idle(): readonly ConsoleEvent[];
  /** Nothing will come any more. */
  end(): readonly ConsoleEvent[];
  /** The last lines, the unfinished one included; `["<no console output>"]` when nothing ever came. */
  tail(maxLines: number): readonly string[];
}

export declare function openConsoleReader(options: ConsoleReaderOptions): ConsoleReader;
