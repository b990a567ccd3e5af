/**
 * Names in a guest's directory, as ls(1) lists them: numeric owners, times in UTC, names in visible form only.
 */
import { visible } from "../console/visible.js";
import { formatTable } from "./table.js";

export interface ListedName {
  readonly name: string;
  readonly type: string;
  /** The type and permission bits, as in the inode. */
  readonly mode: number;
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly modifiedSeconds: number;
  /** What a symbolic link points to. */
  readonly target: string | undefined;
}

export function formatListing(names: readonly ListedName[], long: boolean): string {
  const lines = long
    ? formatTable(names.map(longRow))
    : names.map(({ name, type }) => visible(name) + (type === "directory" ? "/" : ""));
  return lines.map((line) => `${line}\n`).join("");
}

function longRow(one: ListedName): readonly string[] {
  const target = one.target === undefined ? "" : ` -> ${visible(one.target)}`;
  return [
    modeText(one),
    String(one.links),
    `${one.uid}:${one.gid}`,
    String(one.sizeBytes),
    timeText(one.modifiedSeconds),
    visible(one.name) + target,
  ];
}

const LETTERS: Readonly<Record<string, string>> = {
  file: "-",
  directory: "d",
  symlink: "l",
  character: "c",
  block: "b",
  fifo: "p",
  socket: "s",
};

const SET_ID = [
  { bit: 0o4000, at: 3, letter: "s" },
  { bit: 0o2000, at: 6, letter: "s" },
  { bit: 0o1000, at: 9, letter: "t" },
];

/** As ls writes it: `-rwsr-xr-x`; a capital where the bit under it is not set. */
function modeText({ type, mode }: ListedName): string {
  const letters = [LETTERS[type] ?? "?"];
  for (let shift = 8; shift >= 0; shift--)
    letters.push((mode >> shift) & 1 ? "xwr"[shift % 3]! : "-");
  for (const { bit, at, letter } of SET_ID) {
    if ((mode & bit) !== 0) letters[at] = letters[at] === "x" ? letter : letter.toUpperCase();
  }
  return letters.join("");
}

/** `2026-11-23 11:01`; what no calendar has is shown as seconds. */
function timeText(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return `@${seconds}`;
  return date.toISOString().slice(0, -8).replace("T", " ");
}
