import type { GuestFamily } from "../base/family.js";
import { openEcho } from "./echo.js";
import type { ConsoleEvent, LineEvent } from "./events.js";
import { parseKernelLine, stepBackLength } from "./kernel-line.js";
import { openLineAssembler, type LineSink } from "./lines.js";
import { openMarkEngine } from "./mark-engine.js";
import { markTables } from "./mark-tables.js";
import { openContextRing } from "./ring.js";
import type { SymbolAt } from "./stack.js";

export interface ConsoleReaderOptions {
  readonly family: GuestFamily;
  /** How much of the console `tail()` can look back on. Default 131072 (128 KiB). */
  readonly contextBytes?: number;
  /** The kernel's own symbols, for reports that name an address and have no backtrace. Default: none. */
  readonly symbolAt?: SymbolAt | undefined;
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
  /** What stands on the unfinished line; empty where there is none. */
  unfinished(): string;
}

/**
 * The one door to this folder: a guest's serial bytes in, events out. Memory is bounded however much comes.
 *
 * @example
 * const reader = openConsoleReader({ family: "linux" });
 * for await (const chunk of serial) {
 *   for (const event of reader.push(chunk)) if (event.type === "report-opened") giveUpSoon(event.title);
 * }
 * const last = reader.end();
 */
export function openConsoleReader(options: ConsoleReaderOptions): ConsoleReader {
  const table = markTables[options.family];
  const ring = openContextRing(options.contextBytes ?? 131072);
  const assembler = openLineAssembler();
  const echo = openEcho();
  const engine = openMarkEngine(table, (event) => events.push(event), options.symbolAt);
  let events: ConsoleEvent[] = [];
  let carried = "";

  function takeLine(line: LineEvent): void {
    ring.add(line.text);
    events.push(line);
    const text = echo.withoutEcho(line.text);
    if (line.ending === "end") engine.unfinished(line.text, line);
    const before = line.continues ? carried : "";
    for (const message of parseKernelLine(line, text, before, table)) engine.line(message);
    carried = line.ending === "cut" ? text.slice(-stepBackLength) : "";
  }

  const sink: LineSink = {
    line: takeLine,
    prompt: (text, startOffsetBytes, endOffsetBytes) =>
      engine.prompt(text, { startOffsetBytes, endOffsetBytes }),
  };

  function handOver(): readonly ConsoleEvent[] {
    const handed = events;
    events = [];
    return handed;
  }

  return {
    push(chunk) {
      assembler.push(chunk, sink);
      return handOver();
    },
    typed: (text) => echo.typed(text),
    idle() {
      engine.unfinished(assembler.partial(), assembler.partialSpan());
      engine.settle("quiet");
      return handOver();
    },
    end() {
      assembler.end(sink);
      engine.settle("end");
      return handOver();
    },
    tail: (maxLines) => ring.tail(maxLines, assembler.partial()),
    unfinished: () => assembler.partial(),
  };
}
