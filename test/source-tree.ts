/** A FreeBSD source tree for a test, of a release's shape (`test/fixtures/freebsd-src/`), and what the overlay does to it. */
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { applyChanges } from "../src/guests/freebsd/source-tree/apply-changes.js";
import {
  planOverlay,
  type OverlayDirection,
} from "../src/guests/freebsd/source-tree/overlay-plan.js";
import { openSourceTree } from "../src/guests/freebsd/source-tree/source-tree.js";
import { tempFolder } from "./temp-folder.js";

export const FIXTURES = join(import.meta.dirname, "fixtures", "freebsd-src");

/** The sources of the kernel that state hooks into. */
export const HOOKED_FILES = [
  "sys/kern/kern_exec.c",
  "sys/kern/kern_synch.c",
  "sys/kern/kern_thr.c",
  "sys/kern/kern_thread.c",
  "sys/sys/proc.h",
] as const;

/** The tree of the test that runs, and the folder that it lies in. */
export let tree: string;
export let scratch: string;

export function plantTree(release: string): void {
  scratch = tempFolder("tree");
  tree = join(scratch, "src");
  cpSync(join(FIXTURES, release), tree, { recursive: true });
}

export function change(direction: OverlayDirection): void {
  const opened = openSourceTree(tree);
  applyChanges(opened, planOverlay(opened, direction));
}

export function expectRefusal(direction: OverlayDirection, code: string, message: RegExp): void {
  const before = readTree();
  expect(() => change(direction)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
  );
  expect(readTree()).toEqual(before);
}

export function read(path: string): string {
  return readFileSync(join(tree, path), "latin1");
}

export function write(path: string, text: string): void {
  writeFileSync(join(tree, path), text, "latin1");
}

export function replace(path: string, found: string | RegExp, by: string): void {
  const before = read(path);
  const after = before.replace(found, by);
  expect(after).not.toBe(before);
  write(path, after);
}

/** Every file of the tree with its bytes. */
export function readTree(): ReadonlyMap<string, string> {
  const paths = readdirSync(tree, { recursive: true, encoding: "utf8" });
  return new Map(
    paths
      .filter((path) => statSync(join(tree, path)).isFile())
      .sort()
      .map((path) => [path, read(path)]),
  );
}
