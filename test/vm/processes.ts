import { existsSync, readdirSync, readFileSync } from "node:fs";

/** The process whose command line holds a text that only it has; undefined when there is none. */
export function findProcess(text: string): number | undefined {
  for (const entry of readdirSync("/proc")) {
    if (/^\d+$/.test(entry) && commandLineOf(entry).includes(text)) return Number(entry);
  }
  return undefined;
}

/** @throws Error when there is none */
export function pidOf(text: string): number {
  const pid = findProcess(text);
  if (pid === undefined) throw new Error(`no process has "${text}" in its command line`);
  return pid;
}

/** A process may end between its being listed and being read. */
function commandLineOf(entry: string): string {
  const path = `/proc/${entry}/cmdline`;
  if (!existsSync(path)) return "";
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
