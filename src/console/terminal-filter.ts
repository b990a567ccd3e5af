/**
 * A guest's bytes for the terminal of a person who is attached to its console: menus and editors have to work, and nothing may
 * outlive the attachment or speak for the person.
 *
 * | passed on                                                                  | dropped                                              |
 * | -------------------------------------------------------------------------- | ---------------------------------------------------- |
 * | text in UTF-8; BEL BS HT LF VT FF CR SO SI                                 | other C0 controls (ENQ asks for an answer), DEL, C1  |
 * | CSI: cursor, erase, insert, delete, scroll, SGR, margins, reports of place | window operations, printing, soft reset, unknown ones |
 * | CSI h, l: insert, new line; cursor keys, wrap, cursor (private 1, 7, 25)   | other modes: mouse, paste, alternate screen          |
 * | ESC 7 8 D E M H = >, character sets `ESC ( B`                              | OSC DCS SOS PM APC with their text, RIS, others      |
 *
 * Sources: ECMA-48; ctlseqs of xterm for the private ones. Strings are bounded, and a line feed ends one: a guest that never
 * closes one does not swallow what follows.
 */

const ESC = 0x1b;
const CSI_FINALS = new Set(Buffer.from("@ABCDEFGHIJKLMPSTXZ`abcdefgjmnrsu"));
const ESCAPE_FINALS = new Set(Buffer.from("78DEMH=>"));
const STRING_OPENERS = new Set(Buffer.from("]PX^_"));
const CONTROLS = new Set([0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f]);
const MODES = new Set(["4", "20", "?1", "?7", "?25"]);

const LONGEST_SEQUENCE = 64;
const LONGEST_STRING = 4096;

export interface TerminalFilter {
  /** What may be shown of what has come so far; a sequence or a character that is not whole waits for its rest. */
  push(chunk: Uint8Array): Uint8Array;
}

type State = "text" | "escape" | "sequence" | "charset" | "string" | "string-escape" | "character";

/** @example openTerminalFilter().push(Buffer.from("\x1b]0;owned\x07\x1b[1mOK\x1b[0m")) // "\x1b[1mOK\x1b[0m" */
export function openTerminalFilter(): TerminalFilter {
  let state: State = "text";
  /** The sequence or character that is not whole yet. */
  let held: number[] = [];
  let stringBytes = 0;
  let passed: number[] = [];

  function pass(bytes: readonly number[]): void {
    passed.push(...bytes);
    leave();
  }

  function leave(): void {
    held = [];
    state = "text";
  }

  function inText(byte: number): void {
    if (byte === ESC) [state, held] = ["escape", [byte]];
    else if (byte >= 0xc2 && byte <= 0xf4) [state, held] = ["character", [byte]];
    else if ((byte >= 0x20 && byte < 0x7f) || CONTROLS.has(byte)) passed.push(byte);
  }

  function inCharacter(byte: number): void {
    if (byte < 0x80 || byte > 0xbf) {
      leave();
      inText(byte);
      return;
    }
    held.push(byte);
    if (held.length < lengthOfCharacter(held[0]!)) return;
    if (isShown(held)) pass(held);
    else leave();
  }

  function afterEscape(byte: number): void {
    held.push(byte);
    if (byte === codeOf("[")) state = "sequence";
    else if (byte === codeOf("(") || byte === codeOf(")")) state = "charset";
    else if (STRING_OPENERS.has(byte)) [state, stringBytes] = ["string", 0];
    else if (ESCAPE_FINALS.has(byte)) pass(held);
    else cut(byte);
  }

  function inSequence(byte: number): void {
    held.push(byte);
    if (byte >= 0x40 && byte <= 0x7e) {
      if (isAllowed(held)) pass(held);
      else leave();
    } else if (byte < 0x20 || byte > 0x3f || held.length > LONGEST_SEQUENCE) cut(byte);
  }

  function inCharset(byte: number): void {
    held.push(byte);
    if (byte >= 0x30 && byte <= 0x7e) pass(held);
    else cut(byte);
  }

  function inString(byte: number): void {
    stringBytes += 1;
    if (byte === ESC) state = "string-escape";
    else if (byte === 0x07) leave();
    else if (byte < 0x20 || stringBytes > LONGEST_STRING) cut(byte);
  }

  /** The sequence is none: it goes, and a byte that ends it is taken for itself. */
  function cut(byte: number): void {
    leave();
    if (byte < 0x20 || byte >= 0x7f) inText(byte);
  }

  const steps: Readonly<Record<State, (byte: number) => void>> = {
    text: inText,
    character: inCharacter,
    escape: afterEscape,
    sequence: inSequence,
    charset: inCharset,
    string: inString,
    "string-escape": (byte) => {
      leave();
      if (byte === codeOf("\\")) return;
      // Any other sequence ends the string and is one of its own.
      held = [ESC];
      afterEscape(byte);
    },
  };
  return {
    push(chunk) {
      passed = [];
      for (const byte of chunk) steps[state](byte);
      return Buffer.from(passed);
    },
  };
}

/** Whole: `ESC [`, parameters, intermediates, the final byte. */
function isAllowed(sequence: readonly number[]): boolean {
  const final = sequence.at(-1)!;
  const text = String.fromCharCode(...sequence.slice(2, -1));
  if (final === codeOf("h") || final === codeOf("l")) {
    const prefix = text.startsWith("?") ? "?" : "";
    const modes = text.slice(prefix.length).split(";");
    return modes.every((mode) => MODES.has(prefix + mode));
  }
  return CSI_FINALS.has(final) && /^[\d;:]*$/.test(text);
}

function lengthOfCharacter(first: number): number {
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

/** Not the C1 controls, which some terminals obey in UTF-8 too. */
function isShown(bytes: readonly number[]): boolean {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes));
    return !/[\u0080-\u009f]/.test(text);
  } catch {
    return false;
  }
}

function codeOf(character: string): number {
  return character.charCodeAt(0);
}
