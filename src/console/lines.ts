/**
 * Bytes of a serial console → lines as a person sees them.
 *
 * Works byte by byte, so where the chunks are cut makes no difference. Carriage returns and backspaces go back over the line and
 * what follows overprints it, as on a terminal: the loader's spinner (`\`, BS, `|`, BS …) leaves nothing of itself in front of
 * `can't load 'kernel'`. A cursor that is sent elsewhere ends the line. NULs and other controls are dropped, bytes that are no UTF-8
 * become U+FFFD. Memory is one line of at most 8192 characters; a longer one is cut and goes on as the next.
 */
import { openEscapeParser, type EscapeEffect, type EscapeParser } from "./escapes.js";
import type { LineEvent } from "./events.js";
import { openLineCells } from "./line-cells.js";
import { openUtf8Decoder, replacementCodePoint } from "./utf8.js";

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
}

/** Longer than any prompt that waits for an answer. */
const maxPromptCells = 96;
/** Before the space: `login: `, `db> `, `OK `, `(initramfs) `, `# `, `$ `. */
const promptEnds = new Set(Array.from(":>K)#$", (character) => character.charCodeAt(0)));

const LF = 0x0a;
const CR = 0x0d;
const ESC = 0x1b;

export function openLineAssembler(): LineAssembler {
  const cells = openLineCells();
  const utf8 = openUtf8Decoder();
  let escape: EscapeParser | undefined;
  let offset = 0;
  let lineStart = 0;
  let continues = false;

  /** Hands over what stands on the line. `endOffset` is where the next one begins. */
  function finish(sink: LineSink, ending: LineEvent["ending"], endOffset: number): void {
    sink.line({
      type: "line",
      text: cells.text(),
      startOffsetBytes: lineStart,
      endOffsetBytes: endOffset,
      ending,
      continues,
    });
    cells.clear();
    lineStart = endOffset;
    continues = ending === "cut";
  }

  function write(codePoint: number, sink: LineSink): void {
    if (!cells.write(codePoint)) {
      finish(sink, "cut", offset);
      cells.write(codePoint);
    }
    if (codePoint !== 0x20 || cells.length > maxPromptCells || continues || !cells.atEnd) return;
    if (promptEnds.has(cells.fromEnd(2))) sink.prompt(cells.text(), lineStart, offset + 1);
  }

  function applyEscape(effect: EscapeEffect, sink: LineSink): void {
    if (effect.kind !== "break") {
      cells.apply(effect);
      return;
    }
    if (cells.length > 0) {
      finish(sink, "cursor", offset + 1);
      return;
    }
    lineStart = offset + 1;
    cells.clear();
  }

  function control(byte: number, sink: LineSink): void {
    if (byte === LF) finish(sink, "newline", offset + 1);
    else if (byte === CR) cells.carriageReturn();
    else if (byte === 0x08) cells.backspace();
    else if (byte === 0x09) write(byte, sink);
    else if (byte === ESC) escape = openEscapeParser();
  }

  function take(byte: number, sink: LineSink): void {
    if (escape !== undefined) {
      const step = escape.step(byte);
      if (step === "pending") return;
      escape = undefined;
      if (step !== "foreign") {
        applyEscape(step, sink);
        return;
      }
    }
    const step = utf8.step(byte);
    if (step === "pending") return;
    if (step === "broken") {
      write(replacementCodePoint, sink);
      take(byte, sink);
      return;
    }
    if (step < 0x20 || step === 0x7f) control(step, sink);
    else write(step >= 0x80 && step < 0xa0 ? replacementCodePoint : step, sink);
  }

  return {
    push(chunk, sink) {
      for (const byte of chunk) {
        take(byte, sink);
        offset++;
      }
    },
    end(sink) {
      if (utf8.midway) write(replacementCodePoint, sink);
      utf8.reset();
      escape = undefined;
      if (cells.length > 0) finish(sink, "end", offset);
    },
    partial: () => cells.text(),
  };
}
