/**
 * Bytes of a serial console → lines as a person sees them.
 *
 * Works byte by byte, so where the chunks are cut makes no difference. Carriage returns and backspaces go back over the line and
 * what follows overprints it, as on a terminal: the loader's spinner (`\`, BS, `|`, BS …) leaves nothing of itself in front of
 * `can't load 'kernel'`. Other than on a terminal, another text behind a carriage return leaves no tail of the first. A cursor that is
 * sent elsewhere ends the line. NULs and other controls are dropped, bytes that are no UTF-8 become U+FFFD. Memory is one line of at most
 * 8192 characters; a longer one is cut and goes on as the next.
 */
import { openEscapeParser, type EscapeEffect, type EscapeParser } from "./escapes.js";
import type { LineEvent, Span } from "./events.js";
import { openLineCells, type LineCells } from "./line-cells.js";
import { openUtf8Decoder, replacementCodePoint, type Utf8Decoder } from "./utf8.js";

export interface LineSink {
  line(line: LineEvent): void;
  /** The line may end here and be a prompt: it just got a space behind one of the characters that prompts end in. */
  prompt(text: string, startOffsetBytes: number, endOffsetBytes: number): void;
}

export interface LineAssembler {
  push(chunk: Uint8Array, sink: LineSink): void;
  /** The stream ended: the unfinished line, if there is one, is a line. */
  end(sink: LineSink): void;
  /** The unfinished line, empty when there is none. */
  partial(): string;
  /** Where that lies in the bytes. */
  partialSpan(): Span;
}

interface State {
  readonly cells: LineCells;
  readonly utf8: Utf8Decoder;
  escape: EscapeParser | undefined;
  /** Of the byte that is being taken. */
  offset: number;
  lineStart: number;
  continues: boolean;
}

/** Longer than any prompt that waits for an answer. */
const maxPromptCells = 96;
/** Before the space: `login: `, `db> `, `OK `, `(initramfs) `, `# `, `$ `. */
const promptEnds = new Set(Array.from(":>K)#$", (character) => character.charCodeAt(0)));

const LF = 0x0a;
const CR = 0x0d;
const ESC = 0x1b;

export function openLineAssembler(): LineAssembler {
  const state: State = {
    cells: openLineCells(),
    utf8: openUtf8Decoder(),
    escape: undefined,
    offset: 0,
    lineStart: 0,
    continues: false,
  };
  return {
    push(chunk, sink) {
      for (let at = 0; at < chunk.length;) {
        const written = takeAscii(state, chunk, at);
        if (written === 0) take(state, chunk[at]!, sink);
        const taken = written || 1;
        state.offset += taken;
        at += taken;
      }
    },
    end(sink) {
      if (state.utf8.midway) write(state, replacementCodePoint, sink);
      state.utf8.reset();
      state.escape = undefined;
      if (state.cells.length > 0) finish(state, sink, "end", state.offset);
    },
    partial: () => state.cells.text(),
    partialSpan: () => ({ startOffsetBytes: state.lineStart, endOffsetBytes: state.offset }),
  };
}

/**
 * The characters from here on that can only be written, all at once: everything printable up to a space that may be a prompt's.
 *
 * @returns how many
 */
function takeAscii({ cells, utf8, escape }: State, chunk: Uint8Array, from: number): number {
  if (escape !== undefined || utf8.midway) return 0;
  let to = from;
  while (to < chunk.length && isPlain(chunk[to]!, to === from ? undefined : chunk[to - 1])) to++;
  return to === from ? 0 : cells.writeAscii(chunk, from, to);
}

function isPlain(byte: number, before: number | undefined): boolean {
  if (byte === 0x20) return before !== undefined && !promptEnds.has(before);
  return byte > 0x20 && byte < 0x7f;
}

function take(state: State, byte: number, sink: LineSink): void {
  if (state.escape !== undefined) {
    const step = state.escape.step(byte);
    if (step === "pending") return;
    state.escape = undefined;
    if (step !== "foreign") {
      applyEscape(state, step, sink);
      return;
    }
  }
  const step = state.utf8.step(byte);
  if (step === "pending") return;
  if (step === "broken") {
    write(state, replacementCodePoint, sink);
    take(state, byte, sink);
    return;
  }
  if (step < 0x20 || step === 0x7f) control(state, step, sink);
  else write(state, step >= 0x80 && step < 0xa0 ? replacementCodePoint : step, sink);
}

function control(state: State, byte: number, sink: LineSink): void {
  if (byte === LF) finish(state, sink, "newline", state.offset + 1);
  else if (byte === CR) state.cells.carriageReturn();
  else if (byte === 0x08) state.cells.backspace();
  else if (byte === 0x09) write(state, byte, sink);
  else if (byte === ESC) state.escape = openEscapeParser();
}

function write(state: State, codePoint: number, sink: LineSink): void {
  const { cells, offset } = state;
  if (!cells.write(codePoint)) {
    finish(state, sink, "cut", offset);
    cells.write(codePoint);
  }
  if (codePoint !== 0x20 || cells.length > maxPromptCells || state.continues || !cells.atEnd)
    return;
  if (promptEnds.has(cells.fromEnd(2))) sink.prompt(cells.text(), state.lineStart, offset + 1);
}

function applyEscape(state: State, effect: EscapeEffect, sink: LineSink): void {
  if (effect.kind !== "break") state.cells.apply(effect);
  else if (state.cells.length > 0) finish(state, sink, "cursor", state.offset + 1);
  else {
    state.lineStart = state.offset + 1;
    state.cells.clear();
  }
}

/** Hands over what stands on the line. `endOffset` is where the next one begins. */
function finish(
  state: State,
  sink: LineSink,
  ending: LineEvent["ending"],
  endOffset: number,
): void {
  sink.line({
    type: "line",
    text: state.cells.text(),
    startOffsetBytes: state.lineStart,
    endOffsetBytes: endOffset,
    ending,
    continues: state.continues,
  });
  state.cells.clear();
  state.lineStart = endOffset;
  state.continues = ending === "cut";
}
