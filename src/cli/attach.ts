/**
 * A person's terminal on a guest's console: raw mode, an escape key, a title. What is not a terminal is a pipe, and carries the
 * bytes as they are.
 */
import type { Duplex } from "node:stream";
import { openTerminalFilter } from "../console/terminal-filter.js";
import { visible } from "../console/visible.js";

/** Ctrl-], as telnet and virsh have it. */
const ESCAPE_KEY = 0x1d;
export const ESCAPE_KEY_NAME = "Ctrl-]";
const INTERRUPT_KEY = 0x03;

export interface Attachment {
  readonly console: Duplex;
  /** Whether what is typed reaches the guest. */
  readonly write: boolean;
  readonly title: string;
  /** Leaves, as the escape key does. */
  readonly signal: AbortSignal;
}

/** @returns whether the person left; else the console ended */
export function attach({ console: console_, write, title, signal }: Attachment): Promise<boolean> {
  const { stdin, stdout } = process;
  const isScreen = stdout.isTTY && process.env["TERM"] !== "dumb";
  const filter = stdout.isTTY ? openTerminalFilter() : undefined;
  return new Promise((resolve) => {
    const show = (bytes: Buffer): void => void stdout.write(filter ? filter.push(bytes) : bytes);
    const type = (bytes: Buffer): void => {
      const end = stdin.isTTY ? leavingAt(bytes, write) : -1;
      const typed = end < 0 ? bytes : bytes.subarray(0, end);
      if (write && typed.length > 0) console_.write(typed);
      if (end >= 0) leave();
    };
    const settle = (left: boolean): void => {
      stdin.off("data", type).pause();
      if (stdin.isTTY) stdin.setRawMode(false);
      console_.off("data", show).off("end", ended).off("close", ended);
      signal.removeEventListener("abort", leave);
      stdout.off("error", leave);
      if (isScreen) stdout.write(AFTER);
      resolve(left);
    };
    const leave = (): void => settle(true);
    const ended = (): void => settle(false);
    if (isScreen) stdout.write(`${SAVE_TITLE}\x1b]2;${visible(title)}\x07`);
    if (stdin.isTTY) stdin.setRawMode(true);
    // Whoever reads what we print may stop reading.
    stdout.on("error", leave);
    signal.addEventListener("abort", leave, { once: true });
    console_.on("data", show).on("end", ended).on("close", ended);
    if (stdin.isTTY || write) stdin.on("data", type);
    if (signal.aborted) leave();
  });
}

/** Where in what was typed the person leaves; who only watches may do so with Ctrl-C too. */
function leavingAt(typed: Buffer, write: boolean): number {
  return typed.findIndex((byte) => byte === ESCAPE_KEY || (!write && byte === INTERRUPT_KEY));
}

/** xterm's stack of titles; terminals without one leave the title to the next prompt. */
const SAVE_TITLE = "\x1b[22;2t";
/** What the filter lets a guest change is as it was: colours, cursor, wrap, keys, character sets, margins, title. */
const AFTER =
  "\x1b[0m\x1b[?25h\x1b[?7h\x1b[?1l\x1b[4l\x1b[20l\x1b>\x1b(B\x1b)B\x0f\x1b7\x1b[r\x1b8\x1b[23;2t\n";
