import type { MachineEnd } from "./machine.js";

/** What a program has printed, line by line, without empty ones. bhyve ends its lines by CR LF while its console is raw. */
export function linesOf(words: string): readonly string[] {
  return words
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
}

/**
 * An end in one line, and everything that was said where that is more.
 *
 * @example told("QEMU ended with SIGABRT", ["one", "two"]) // { detail: "QEMU ended with SIGABRT: one", said: ["one", "two"] }
 */
export function told(end: string, lines: readonly string[]): Pick<MachineEnd, "detail" | "said"> {
  const detail = `${end}: ${lines[0]?.trim() ?? "it printed nothing"}`;
  return lines.length > 1 ? { detail, said: lines } : { detail };
}
