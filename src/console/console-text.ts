/**
 * A console's bytes as text for somebody who watches it: what came, at once, with line feeds kept and everything else that could
 * act on a terminal made visible or left out.
 */
import { visible } from "./visible.js";

export interface ConsoleText {
  /**
   * What can be shown of what has come so far: an escape sequence or a character that is not whole waits for its rest, and what
   * may be a spinner's for what comes next.
   */
  push(chunk: Uint8Array): string;
  end(): string;
}

/**
 * Escape sequences of ECMA-48: a guest's loader draws its menu with them. None has more parameters: what looks like one and goes on
 * is shown as it is.
 */

const ESCAPE = /\x1b(?:\[[0-?]{0,40}[ -/]{0,8}[@-~]|[ -/]{0,8}[0-~])/g;

const UNFINISHED = /\x1b(?:\[[0-?]{0,40}[ -/]{0,8}|[ -/]{0,8})$/;

/** @example openConsoleText().push(Buffer.from("\x1b[1mlogin: ")) // "login: " */
export function openConsoleText(): ConsoleText {
  const decoder = new TextDecoder("utf-8");
  const spinner = openSpinnerFilter();
  let waiting = "";
  // Where the last line ends so far: tabs depend on it.
  let column = 0;

  function shown(text: string): string {
    const lines = text.split("\n");
    return lines
      .map((line, index) => {
        const before = " ".repeat(index === 0 ? column % TAB : 0);
        const seen = visible(before + line);
        column = seen.length;
        return seen.slice(before.length);
      })
      .join("\n");
  }

  return {
    push(chunk) {
      const text = waiting + decoder.decode(chunk, { stream: true });
      const from = text.search(UNFINISHED);
      waiting = from < 0 ? "" : text.slice(from);
      return shown(spinner.push(plain(from < 0 ? text : text.slice(0, from))));
    },
    end: () => shown(spinner.push(plain(waiting + decoder.decode())) + spinner.end()),
  };
}

const TAB = 8;

function plain(text: string): string {
  return text.replaceAll(ESCAPE, "").replaceAll("\r", "");
}

/** Each with a backspace behind it: the loader's spinner. */
const SPINNER = new Set("|/-\\");

/** What was shown cannot be taken back: a spinner's character waits for the next one, and other backspaces are left out. */
function openSpinnerFilter(): { push(text: string): string; end(): string } {
  let held = "";
  return {
    push(text) {
      let passed = "";
      for (const character of text) {
        if (character === "\b") held = "";
        else if (SPINNER.has(character)) [passed, held] = [passed + held, character];
        else [passed, held] = [passed + held + character, ""];
      }
      return passed;
    },
    end: () => held,
  };
}
