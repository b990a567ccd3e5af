/**
 * The TWQ kernel side as changes to a FreeBSD source tree: new files, and lines in files of the tree's own.
 *
 * What goes in lies under `kernel/freebsd/` of this package: `new/` holds whole files at their places in the tree,
 * `insert/` the lines that go into existing ones.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LaneError } from "../../../base/errors.js";
import { packageRoot } from "../../../host/paths.js";
import { locatePlace, type CodePlace } from "./code-place.js";
import type { LineEdit } from "./marked-block.js";
import type { SourceTree } from "./source-tree.js";
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

/** `scaffold`: the system call that knows its operations. `state`: what they do as well, as an option beside it. */
export type OverlayScope = "scaffold" | "state";

/** The kernel configuration with the scaffold alone. */
export const OVERLAY_CONF = "TWQDEBUG";

/** The kernel configuration with state as well. */
export const STATE_CONF = "TWQSTATE";

/** The first release whose exec, thread exit and context switch the overlay knows. */
export const STATE_SINCE = 14;

const SCAFFOLD_FILES = [
  "sys/kern/kern_thrworkq.c",
  "sys/sys/thrworkq.h",
  `sys/amd64/conf/${OVERLAY_CONF}`,
];
const STATE_FILES = [
  "sys/kern/kern_thrworkq.h",
  "sys/kern/kern_thrworkq_hooks.h",
  "sys/kern/kern_thrworkq_life.c",
  "sys/kern/kern_thrworkq_ops.c",
  "sys/kern/kern_thrworkq_state.c",
  "sys/kern/kern_thrworkq_stats.c",
  "sys/kern/kern_thrworkq_switch.c",
  `sys/amd64/conf/${STATE_CONF}`,
  "sys/amd64/conf/TWQBREAK-OFF-BY-ONE",
  "sys/amd64/conf/TWQBREAK-TEARDOWN",
];
const SLOT = { number: 468, name: "twq_kernreturn", path: "sys/kern/syscalls.master" } as const;

/** Where state hooks into the kernel's own sources, and which part of `insert/` goes there. */
const HOOKS: readonly (CodePlace & { readonly part: string })[] = [
  ...["thread", "proc"].map((name) => ({
    path: "sys/sys/proc.h",
    within: `struct ${name}`,
    side: "before" as const,
    line: "};",
    part: `sys/sys/proc.h.${name}`,
  })),
  ...["kern_exec.c", "kern_synch.c", "kern_thr.c", "kern_thread.c"].map((name) => ({
    path: `sys/kern/${name}`,
    side: "after" as const,
    line: "#include <sys/proc.h>",
    part: "sys/kern/include",
  })),
  {
    path: "sys/kern/kern_exec.c",
    within: "post_execve()",
    side: "before",
    line: "\texec_cleanup(td, oldvmspace);",
    part: "sys/kern/kern_exec.c",
  },
  {
    path: "sys/kern/kern_thr.c",
    within: "sys_thr_exit()",
    side: "before",
    line: "\tumtx_thread_exit(td);",
    part: "sys/kern/kern_thr.c",
  },
  {
    path: "sys/kern/kern_thread.c",
    within: "thread_suspend_check()",
    side: "before",
    line: "\t\t\tumtx_thread_exit(td);",
    part: "sys/kern/kern_thread.c",
  },
  ...(["before", "after"] as const).map((side) => ({
    path: "sys/kern/kern_synch.c",
    within: "mi_switch()",
    side,
    line: "\tsched_switch(td, flags);",
    part: `sys/kern/kern_synch.c.${side}`,
  })),
];

export function overlayScope(tree: SourceTree): OverlayScope {
  return Number.parseInt(tree.release, 10) < STATE_SINCE ? "scaffold" : "state";
}

export function loadOverlay(scope: OverlayScope): Overlay {
  const withState = scope === "state";
  return {
    newFiles: [...SCAFFOLD_FILES, ...(withState ? STATE_FILES : [])].map((path) => ({
      path,
      text: readPart("new", path),
    })),
    lineEdits: [
      syscallEdit(),
      listEdit(
        "sys/conf/files",
        withState,
        (word, ours) => word.startsWith("kern/kern_") && word > ours,
      ),
      listEdit("sys/conf/options", withState, (word) => /^[A-Z]/.test(word)),
      ...(withState ? HOOKS.map(hookEdit) : []),
    ],
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

/**
 * The list of sources is nearly sorted: ours go before the first `kern/kern_*` file whose name comes after them. The
 * list of options is in sections that differ by release: ours go before the first option of all.
 */
function listEdit(
  path: string,
  withState: boolean,
  isAnchor: (word: string, ours: string) => boolean,
): LineEdit {
  const lines = [...readLines(path), ...(withState ? readLines(`${path}.state`) : [])];
  return {
    path,
    comment: "#",
    replaces: false,
    locate: (theirs) => placeInList(theirs, path, lines.map(firstWord), isAnchor),
    render: () => lines,
  };
}

function hookEdit({ part, ...place }: CodePlace & { readonly part: string }): LineEdit {
  const lines = readLines(part);
  return {
    path: place.path,
    comment: "/*",
    replaces: false,
    locate: (theirs) => locatePlace(theirs, place),
    render: () => lines,
  };
}

function placeInList(
  lines: readonly string[],
  path: string,
  ours: readonly string[],
  isAnchor: (word: string, ours: string) => boolean,
): number {
  const words = lines.map(firstWord);
  const same = words.findIndex((word) => ours.includes(word));
  if (same !== -1) throw alreadyThere(path, same + 1, words[same]!);
  const at = words.findIndex((word) => isAnchor(word, ours[0]!));
  if (at === -1) throw noAnchor(path, ours[0]!);
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
