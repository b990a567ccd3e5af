/**
 * Terminal escape sequences, as far as they change what a person reads on a line (ECMA-48, and what FreeBSD's loader, SeaBIOS
 * and line editors send). Colours, modes, titles and questions to the terminal have no effect on the text.
 *
 * Sequences are bounded, and a line feed inside one ends it: a guest that never closes a sequence cannot swallow the panic that
 * follows.
 */
export type EscapeEffect =
  | { readonly kind: "none" }
  /** The cursor left the line: what stands on it is complete. */
  | { readonly kind: "break" }
  | { readonly kind: "column"; readonly column: number }
  | { readonly kind: "move"; readonly columns: number }
  | { readonly kind: "erase"; readonly what: "to-end" | "line" };

/** What one more byte did: the sequence goes on, it is complete, or this byte does not belong to it. */
type EscapeStep = EscapeEffect | "pending" | "foreign";

export interface EscapeParser {
  /** To be called with each byte after ESC, until the answer is not `pending`. */
  step(byte: number): EscapeStep;
}

/** Longer parameter lists and titles than any that is sent in earnest. */
const maxParameterBytes = 64;
const maxStringBytes = 512;

const none: EscapeEffect = { kind: "none" };
const lineBreak: EscapeEffect = { kind: "break" };

type State = "escape" | "charset" | "parameters" | "string" | "string-escape";

/** Starts after an ESC byte was read. */
export function openEscapeParser(): EscapeParser {
  let state: State = "escape";
  let parameters = "";
  let seenBytes = 0;

  function afterEscape(byte: number): EscapeStep {
    if (byte === 0x5b) return ((state = "parameters"), "pending"); // ESC [
    if (isStringOpener(byte)) return ((state = "string"), "pending");
    if (byte >= 0x20 && byte <= 0x2f) return ((state = "charset"), "pending"); // ESC ( B
    if (byte === 0x63 || byte === 0x44 || byte === 0x45 || byte === 0x4d) return lineBreak; // reset, index, next line
    return byte >= 0x30 && byte <= 0x7e ? none : "foreign";
  }

  function inParameters(byte: number): EscapeStep {
    if (byte >= 0x40 && byte <= 0x7e) return effectOf(byte, parameters);
    if (byte < 0x20 || byte > 0x3f || ++seenBytes > maxParameterBytes) return "foreign";
    parameters += String.fromCharCode(byte);
    return "pending";
  }

  function inString(byte: number): EscapeStep {
    if (byte === 0x07) return none;
    if (byte === 0x0a || ++seenBytes > maxStringBytes) return "foreign";
    state = byte === 0x1b ? "string-escape" : "string";
    return "pending";
  }

  return {
    step(byte) {
      switch (state) {
        case "escape":
          return afterEscape(byte);
        case "charset":
          return byte >= 0x20 && byte <= 0x7e ? none : "foreign";
        case "parameters":
          return inParameters(byte);
        case "string":
          return inString(byte);
        case "string-escape":
          return byte === 0x5c ? none : inString(byte); // ESC \ ends a string
      }
    },
  };
}

/** Operating system command, device control, start of string, privacy message, application command. */
function isStringOpener(byte: number): boolean {
  return byte === 0x5d || byte === 0x50 || byte === 0x58 || byte === 0x5e || byte === 0x5f;
}

function effectOf(finalByte: number, parameters: string): EscapeEffect {
  const first = Number.parseInt(parameters, 10);
  const count = Number.isNaN(first) || first === 0 ? 1 : first;
  switch (String.fromCharCode(finalByte)) {
    case "C":
      return { kind: "move", columns: count };
    case "D":
      return { kind: "move", columns: -count };
    case "G":
      return { kind: "column", column: count - 1 };
    case "K":
      return first === 1 ? none : { kind: "erase", what: first === 2 ? "line" : "to-end" };
    case "H": // to a row and a column
    case "f":
    case "A": // up, down, next line, previous line
    case "B":
    case "E":
    case "F":
    case "J": // erase the display
    case "d": // to a row
      return lineBreak;
    default:
      return none;
  }
}
