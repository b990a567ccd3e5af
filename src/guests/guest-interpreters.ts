/**
 * The interpreters of programs that are put into a guest: a dynamic linker (ELF's PT_INTERP) or a script's first line. Without it the kernel says
 * that the program does not exist, which is known before anything boots.
 */
import { LaneError } from "../base/errors.js";
import { memorySource } from "../binary/byte-source.js";
import { elfInterpreter, readElf } from "../binary/elf.js";
import type { GuestFile } from "./guest.js";

/** Where a shell looks (FreeBSD's login.conf(5), and what Linux systems have). */
const SEARCH_PATH = ["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];

/**
 * @param isFile whether the guest has a file of its own at a path, besides those that are put into it
 * @throws LaneError `interpreter-missing` (image)
 */
export function requireInterpreters(
  files: readonly GuestFile[],
  isFile: (path: string) => boolean,
): void {
  const placed = new Set(files.map(({ path }) => path));
  const isThere = (path: string): boolean => placed.has(path) || isFile(path);
  for (const { path, content } of files) {
    for (const { name, places } of interpretersOf(content, path)) {
      if (places.some(isThere)) continue;
      throw new LaneError(
        "interpreter-missing",
        `${path} needs ${name}, which the guest does not have`,
        { facts: { path, interpreter: name } },
      );
    }
  }
}

interface Interpreter {
  readonly name: string;
  /** One of these has to be in the guest. */
  readonly places: readonly string[];
}

function interpretersOf(content: Uint8Array, path: string): readonly Interpreter[] {
  const elf = readElf(memorySource(content, path));
  const linker = elf && elfInterpreter(elf);
  if (linker !== undefined) return [{ name: linker, places: [linker] }];
  const head = Buffer.from(content.subarray(0, 256)).toString("latin1");
  const [, name, word] = /^#![ \t]*(\/[^\s\0]*)(?:[ \t]+([^\s\0]+))?/.exec(head) ?? [];
  if (name === undefined) return [];
  const first = { name, places: [name] };
  // env(1) looks for the next word; options of its own are its own business.
  if (!name.endsWith("/env") || word === undefined || /^[-/]|=/.test(word)) return [first];
  return [first, { name: word, places: SEARCH_PATH.map((folder) => `${folder}/${word}`) }];
}
