/**
 * The TWQ scaffold as changes to a FreeBSD source tree: three new files, and lines in three of the tree's own.
 *
 * What goes in lies under `kernel/freebsd/` of this package: `new/` holds whole files at their places in the tree,
 * `insert/` the lines that go into existing ones.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LaneError } from "../../../base/errors.js";
import { packageRoot } from "../../../host/paths.js";
import type { LineEdit } from "./marked-block.js";
import { fillSlot, locateFreeSlot } from "./syscalls-master.js";

export interface NewFile {
  /** Relative to the root of the tree. */
  readonly path: string;
  readonly text: string;
}

export interface Overlay {
  readonly newFiles: readonly NewFile[];
  readonly lineEdits: readonly LineEdit[];
}

/** The kernel configuration that the overlay brings. */
export const OVERLAY_CONF = "TWQDEBUG";

const NEW_FILES = [
  "sys/kern/kern_thrworkq.c",
  "sys/sys/thrworkq.h",
  `sys/amd64/conf/${OVERLAY_CONF}`,
];
const SLOT = { number: 468, name: "twq_kernreturn", path: "sys/kern/syscalls.master" } as const;

export function loadOverlay(): Overlay {
  return {
    newFiles: NEW_FILES.map((path) => ({ path, text: readPart("new", path) })),
    lineEdits: [syscallEdit(), filesEdit(), optionsEdit()],
  };
}

function syscallEdit(): LineEdit {
  const entry = readLines(SLOT.path);
  return {
    path: SLOT.path,
    comment: ";",
    replaces: true,
    locate: (lines) => locateFreeSlot(lines, SLOT),
    render: (replaced) => fillSlot(replaced, SLOT.number, entry),
  };
}

/** The list of sources is nearly sorted: ours goes before the first `kern/kern_*` file whose name comes after it. */
function filesEdit(): LineEdit {
  const path = "sys/conf/files";
  const lines = readLines(path);
  const ours = firstWord(lines[0]!);
  return {
    path,
    comment: "#",
    replaces: false,
    locate: (theirs) =>
      place(theirs, path, ours, (word) => word.startsWith("kern/kern_") && word > ours),
    render: () => lines,
  };
}

/** The list of options is in sections that differ by release: ours goes before the first option of all. */
function optionsEdit(): LineEdit {
  const path = "sys/conf/options";
  const lines = readLines(path);
  return {
    path,
    comment: "#",
    replaces: false,
    locate: (theirs) => place(theirs, path, firstWord(lines[0]!), (word) => /^[A-Z]/.test(word)),
    render: () => lines,
  };
}

function place(
  lines: readonly string[],
  path: string,
  ours: string,
  isAnchor: (word: string) => boolean,
): number {
  const words = lines.map(firstWord);
  const same = words.indexOf(ours);
  if (same !== -1) throw alreadyThere(path, same + 1, ours);
  const at = words.findIndex(isAnchor);
  if (at === -1) throw noAnchor(path, ours);
  return at;
}

function firstWord(line: string): string {
  return /^\S*/.exec(line)![0];
}

function readPart(part: "new" | "insert", path: string): string {
  return readFileSync(join(packageRoot(), "kernel", "freebsd", part, path), "latin1");
}

function readLines(path: string): readonly string[] {
  return readPart("insert", path).trimEnd().split("\n");
}

function alreadyThere(path: string, line: number, name: string): LaneError {
  return new LaneError(
    "overlay-conflict",
    `${path}:${line}: ${name} exists, and is not of this overlay`,
    {
      hint: "the tree brings a scaffold of its own; use it as it is, or take it out first",
      facts: { path, line, name },
    },
  );
}

function noAnchor(path: string, name: string): LaneError {
  return new LaneError(
    "overlay-no-place",
    `${path} has no line that ${name} could go before, expected the list of a whole tree`,
    { facts: { path, name } },
  );
}
