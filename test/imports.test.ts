/**
 * Imports point down. A room may import from those below it, and an edge that nobody uses is taken away. Guests and hypervisors
 * meet in run; lanes are above them all and use what a lane's author has.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../src/host/paths.js";

/** What each room may import from, besides itself. A file of its own beside the rooms is one, too. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  base: [],
  host: ["base"],
  machine: ["base", "host"],
  binary: ["base"],
  disk: ["base", "host", "binary"],
  protocol: ["base"],
  structs: ["base", "host", "binary", "protocol"],
  console: ["base"],
  symbols: ["base", "host", "disk", "binary", "console"],
  crashes: ["base", "host"],
  guests: ["base", "host", "machine", "disk", "binary", "console"],
  images: ["base", "host"],
  lane: ["base", "host", "machine", "console", "protocol", "guests"],
  lanes: ["base", "protocol", "structs", "lane"],
  run: [
    "base",
    "host",
    "machine",
    "disk",
    "protocol",
    "console",
    "crashes",
    "symbols",
    "guests",
    "lane",
  ],
  live: ["base", "host", "machine", "console", "crashes", "protocol", "guests", "lane", "run"],
  report: ["base", "console", "crashes", "symbols", "guests", "lane", "run"],
  vitest: ["base", "host", "console", "protocol", "lane", "run", "live", "lanes"],
  cli: [
    "base",
    "host",
    "disk",
    "console",
    "crashes",
    "guests",
    "images",
    "lane",
    "run",
    "report",
    "lanes",
  ],
  index: ["base", "protocol", "structs", "lane", "run", "live", "lanes"],
};

const root = packageRoot();

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
    return path.endsWith(".ts") && !path.endsWith(".test.ts") ? [path] : [];
  });
}

/** `src/run/plan.ts` is in `run`, `src/index.ts` in `index`, and everything below `lanes/` in `lanes`. */
function roomOf(path: string): string {
  const [top = "", name = ""] = relative(root, path).split("/");
  return top === "src" ? name.replace(/\.[jt]s$/, "") : top;
}

/** Static and dynamic ones, for values, types and effects. */
const IMPORT = /(?:^(?:import|export)\s+(type\s)?(?:[^;"]*?from\s+)?|\bimport\()"(\.[^"]+)"/gms;

function importsOf(file: string): readonly Import[] {
  return [...readFileSync(file, "utf8").matchAll(IMPORT)].map(([, typeOnly, path]) => ({
    file: relative(root, file),
    from: roomOf(file),
    to: roomOf(resolve(dirname(file), path!)),
    typeOnly: typeOnly !== undefined,
  }));
}

const files = [join(root, "src"), join(root, "lanes")].flatMap(sourceFiles);
const imports = files.flatMap(importsOf);

test("there are imports to look at, of every kind", () => {
  expect(imports.length).toBeGreaterThan(500);
  expect(importsOf(join(root, "src/cli/main.ts")).length).toBeGreaterThan(0);
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

test("every edge that is allowed is used", () => {
  const used = new Set(imports.map(({ from, to }) => `${from} → ${to}`));
  const edges = Object.entries(allowed).flatMap(([from, all]) =>
    all.map((to) => `${from} → ${to}`),
  );
  expect(edges.filter((edge) => !used.has(edge))).toEqual([]);
});

test("the rooms have an order: each imports only what can stand below it", () => {
  const placed = new Set<string>();
  let rest = Object.keys(allowed);
  for (let before = -1; before !== placed.size;) {
    before = placed.size;
    for (const room of rest.filter((one) =>
      allowed[one]!.every((below) => placed.has(below) || below === "disk"),
    ))
      placed.add(room);
    rest = rest.filter((room) => !placed.has(room));
  }
  expect(rest).toEqual([]);
});

test("guests and hypervisors know each other only by what a machine is", () => {
  const wrong = imports.filter(
    ({ file, from, to, typeOnly }) => from === "guests" && to === "machine" && !typeOnly && file,
  );
  expect(wrong).toEqual([]);
});

test("processes are started in one file, and only the command line prints", () => {
  const uses = (pattern: RegExp): readonly string[] =>
    files
      .filter((file) => pattern.test(readFileSync(file, "utf8").replace(/^\s*\*.*$/gm, "")))
      .map((file) => relative(root, file));
  expect(uses(/"node:child_process"/)).toEqual(["src/host/process.ts"]);
  expect(
    uses(/console\.(log|error|warn)\(|process\.stdout/).filter(
      (file) => !file.startsWith("src/cli/"),
    ),
  ).toEqual([]);
});
