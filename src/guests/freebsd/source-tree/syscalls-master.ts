/**
 * The system call table of a FreeBSD source tree, `sys/kern/syscalls.master` (its own header describes it):
 *
 *     NUMBER <tab> AUDIT <tab> TYPE[|TYPE…] then a name, a comment, or `{` and a prototype on the lines that follow
 *     FIRST-LAST <tab> AUDIT <tab> RESERVED or UNIMPL
 *
 * Numbers are in order without gaps. An unused number is `UNIMPL` with some name on a line of its own in 13, and lies
 * within the range `467-470 RESERVED` in 14 and 15. Comments begin with `;`.
 */
import { LaneError } from "../../../base/errors.js";

export interface SyscallSlot {
  readonly number: number;
  /** The name of the call that is to stand there. */
  readonly name: string;
  readonly path: string;
}

const ENTRY = /^(\d+)(?:-(\d+))?(\s+\S+\s+([A-Z0-9_|]+)(?:\s.*)?)$/;
const FREE_TYPES: ReadonlySet<string> = new Set(["UNIMPL", "RESERVED", "OBSOL"]);

/**
 * The index of the line that leaves the slot unused, alone or in a range.
 *
 * @throws LaneError `syscall-slot-taken`, `syscall-slot-absent`, `syscall-name-taken` (image)
 */
export function locateFreeSlot(lines: readonly string[], slot: SyscallSlot): number {
  const prototype = new RegExp(`^[^;]*\\b${slot.name}\\s*\\(`);
  const at = lines.findIndex((line) => {
    const [, first, last] = ENTRY.exec(line) ?? [];
    return Number(first) <= slot.number && slot.number <= Number(last ?? first);
  });
  if (at === -1) throw absent(slot);
  const [, , , , types = ""] = ENTRY.exec(lines[at]!) ?? [];
  if (!FREE_TYPES.has(types)) throw taken(slot, at, lines);
  const other = lines.findIndex((line) => prototype.test(line));
  if (other !== -1) throw nameTaken(slot, other);
  return at;
}

/** The lines that put `entry` into the slot that `line` leaves unused, with what remains of a range around it. */
export function fillSlot(line: string, number: number, entry: readonly string[]): string[] {
  const [, first, last = first, rest = ""] = ENTRY.exec(line) ?? [];
  return [
    ...rangeLine(Number(first), number - 1, rest),
    ...entry,
    ...rangeLine(number + 1, Number(last), rest),
  ];
}

function rangeLine(first: number, last: number, rest: string): string[] {
  if (!(first <= last)) return [];
  return [`${first === last ? first : `${first}-${last}`}${rest}`];
}

function taken(slot: SyscallSlot, at: number, lines: readonly string[]): LaneError {
  const end = lines.findIndex((line, index) => index >= at && line.includes(")"));
  const name = /(\w+)\s*\(/.exec(lines.slice(at, end + 1).join(" "))?.[1] ?? lines[at]!.trim();
  return new LaneError(
    "syscall-slot-taken",
    `${slot.path}:${at + 1}: system call ${slot.number} is ${name} there, expected an unused number (UNIMPL, RESERVED)`,
    {
      hint: `use a tree whose number ${slot.number} is free, or give ${name} another number first`,
      facts: { path: slot.path, line: at + 1, number: slot.number, name },
    },
  );
}

function absent(slot: SyscallSlot): LaneError {
  return new LaneError(
    "syscall-slot-absent",
    `${slot.path} has no line for system call ${slot.number}, expected one that leaves it unused (UNIMPL, RESERVED)`,
    { facts: { path: slot.path, number: slot.number } },
  );
}

function nameTaken(slot: SyscallSlot, at: number): LaneError {
  return new LaneError(
    "syscall-name-taken",
    `${slot.path}:${at + 1}: ${slot.name} is there under another number, expected none of that name`,
    { facts: { path: slot.path, line: at + 1, name: slot.name } },
  );
}
