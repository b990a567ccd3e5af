import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/temp-folder.js";
import { sourceAround } from "./source-around.js";

const tree = tempFolder("sources");
mkdirSync(join(tree, "twq"));
mkdirSync(join(tree, "pipe.c"));
writeFileSync(join(tree, "twq", "faults.c"), "one\ntwo\nthree\nfour\nfive\nsix\n");
writeFileSync(join(tree, "secret.txt"), "secret\n");
symlinkSync("/etc/passwd", join(tree, "twq", "link.c"));

const place = (file: string, line = 3) => ({ function: "f", file, line });

test("finds a file by the end of its path, and gives two lines around", () => {
  expect(sourceAround(place("/build/src/kernel/twq/faults.c"), tree)).toEqual({
    path: join(tree, "twq", "faults.c"),
    firstLine: 1,
    lines: ["one", "two", "three", "four", "five"],
  });
});

test("gives fewer where the file begins or ends", () => {
  expect(sourceAround(place("/build/twq/faults.c", 1), tree)).toMatchObject({
    firstLine: 1,
    lines: ["one", "two", "three"],
  });
});

test("finds a file where it was compiled", () => {
  const file = join(tree, "twq", "faults.c");
  expect(sourceAround(place(file))?.path).toBe(file);
});

test.each([
  ["a line behind the end", "/build/twq/faults.c", 99],
  ["a name without its folder", "/other/faults.c", 3],
  ["a path out of the tree", "/build/../../../../etc/passwd.c", 1],
  ["a link out of the tree", "/build/twq/link.c", 1],
  ["a folder", "/build/../pipe.c", 1],
  ["what is no source", "/build/twq/../secret.txt", 1],
  ["a missing file", "/build/twq/missing.c", 1],
])("gives nothing for %s", (_, file, line) => {
  expect(sourceAround(place(file, line), tree)).toBeUndefined();
});

test("gives nothing of a relative path without a tree", () => {
  expect(sourceAround(place("twq/faults.c"))).toBeUndefined();
});
