/**
 * Imports point down. A folder may import from its own level and from those below it; guests and hypervisors meet in run.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../src/host/paths.js";

/** What each folder of src/ may import from, besides itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  base: [],
  host: ["base"],
  machine: ["base", "host"],
  binary: ["base", "disk"],
  disk: ["base", "host", "binary"],
  protocol: ["base"],
  structs: ["base", "host", "binary", "disk", "protocol"],
  console: ["base"],
  guests: ["base", "host", "machine", "disk", "binary", "protocol", "console"],
  images: ["base", "host"],
  lane: ["base", "host", "machine", "protocol", "guests"],
  run: ["base", "host", "machine", "disk", "protocol", "console", "guests", "lane"],
  live: ["base", "host", "machine", "console", "protocol", "structs", "guests", "lane", "run"],
  report: ["base", "console"],
  vitest: ["base", "host", "console", "protocol", "lane", "run", "live"],
  cli: ["base", "host", "disk", "console", "guests", "images", "lane", "run", "report"],
};

const src = join(packageRoot(), "src");

interface Import {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function sourceFiles(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return /\.ts$/.test(entry.name) && !/\.test\.ts$|test-/.test(entry.name) ? [path] : [];
  });
}

function importsOf(file: string): readonly Import[] {
  const text = readFileSync(file, "utf8");
  const found = text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+"(\.[^"]+)"/gms);
  return [...found].flatMap(([, typeOnly, path]) => {
    const [from = ""] = relative(src, file).split("/");
    const target = relative(src, resolve(dirname(file), path!));
    if (target.startsWith("..")) return [];
    const [to = ""] = target.split("/");
    return [{ file: relative(src, file), from, to, typeOnly: typeOnly !== undefined }];
  });
}

const imports = sourceFiles(src)
  .filter((file) => relative(src, file).includes("/"))
  .flatMap(importsOf);

test("there are imports to look at", () => {
  expect(imports.length).toBeGreaterThan(100);
});

test("imports point down", () => {
  const wrong = imports.filter(
    ({ from, to }) => from !== to && !(allowed[from] ?? []).includes(to),
  );
  expect(
    wrong.map(
      ({ file, from, to }) =>
        `${file}: ${from} may not import ${to}; move what both need further down`,
    ),
  ).toEqual([]);
});

test("guests know of hypervisors only what a machine is, and never the other way", () => {
  const wrong = imports.filter(
    ({ from, to, typeOnly }) => from === "guests" && to === "hypervisors" && !typeOnly,
  );
  expect(wrong).toEqual([]);
});

test("processes are started in one file, and only the command line prints", () => {
  const uses = (pattern: RegExp): readonly string[] =>
    sourceFiles(src)
      .filter((file) => pattern.test(readFileSync(file, "utf8").replace(/^\s*\*.*$/gm, "")))
      .map((file) => relative(src, file));
  expect(uses(/"node:child_process"/)).toEqual(["host/process.ts"]);
  expect(
    uses(/console\.(log|error|warn)\(|process\.stdout/).filter((file) => !file.startsWith("cli/")),
  ).toEqual([]);
});
