/**
 * A console's bytes as text for somebody who watches it: what came, at once, with line feeds kept and everything else that could
 * act on a terminal made visible or left out.
 */
import { visible } from "./visible.js";

export interface ConsoleText {
  /** What can be shown of what has come so far: an escape sequence or a character that is not whole waits for its rest. */
  push(chunk: Uint8Array): string;
  end(): string;
}

/** Escape sequences of ECMA-48: a guest's loader draws its menu with them. */
// eslint-disable-next-line no-control-regex
const ESCAPE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|[ -/]*[0-~])/g;
// eslint-disable-next-line no-control-regex
const UNFINISHED = /\x1b(?:\[[0-?]*[ -/]*|[ -/]*)$/;
/** No sequence is longer: what looks like one and does not end is shown as it is. */
const LONGEST_ESCAPE = 64;

/** @example openConsoleText().push(Buffer.from("\x1b[1mlogin: ")) // "login: " */
export function openConsoleText(): ConsoleText {
  const decoder = new TextDecoder("utf-8");
  let waiting = "";
  return {
    push(chunk) {
      const text = waiting + decoder.decode(chunk, { stream: true });
      const from = text.search(UNFINISHED);
      const isCut = from >= 0 && text.length - from <= LONGEST_ESCAPE;
      waiting = isCut ? text.slice(from) : "";
      return shown(isCut ? text.slice(0, from) : text);
    },
    end: () => shown(waiting + decoder.decode()),
  };
}

function shown(text: string): string {
  return text.replaceAll(ESCAPE, "").replaceAll("\r", "").split("\n").map(visible).join("\n");
}
