import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./agent-process.js";

/** From the bottom up: a room's files name headers of their own room and of those before it. */
const ROOMS = [".", "base", "worker", "control"];

interface Source {
  /** `control/steps`: the C file and its header are one module. */
  readonly module: string;
  readonly room: string;
  readonly includes: readonly string[];
}

async function readSources(): Promise<readonly Source[]> {
  const entries = await readdir(join(root, "agent"), { recursive: true });
  const paths = entries.filter((path) => /\.[ch]$/.test(path));
  return Promise.all(
    paths.map(async (path) => {
      const text = await readFile(join(root, "agent", path), "utf8");
      const includes = [...text.matchAll(/^#include "(.+)\.h"$/gm)].map(([, name]) => name!);
      return {
        module: path.replace(/\.[ch]$/, ""),
        room: path.split("/").slice(0, -1)[0] ?? ".",
        includes,
      };
    }),
  );
}

function findCycle(graph: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] | undefined {
  const done = new Set<string>();
  const walk = (module: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(module)) return [...path.slice(path.indexOf(module)), module];
    if (done.has(module)) return undefined;
    for (const next of graph.get(module) ?? []) {
      const found = walk(next, [...path, module]);
      if (found) return found;
    }
    done.add(module);
    return undefined;
  };
  for (const module of graph.keys()) {
    const found = walk(module, []);
    if (found) return found;
  }
  return undefined;
}

test("the agent's files call each other in one direction: no module reaches itself again", async () => {
  const sources = await readSources();
  expect(sources.length).toBeGreaterThan(40);
  const graph = new Map<string, Set<string>>();
  for (const { module, includes } of sources) {
    const edges = graph.get(module) ?? new Set();
    includes.filter((name) => name !== module).forEach((name) => edges.add(name));
    graph.set(module, edges);
  }
  expect(findCycle(graph)).toBeUndefined();
  expect(
    findCycle(
      new Map([
        ["a", new Set(["b"])],
        ["b", new Set(["a"])],
      ]),
    ),
  ).toEqual(["a", "b", "a"]);
});

test("the agent's rooms know only those below them", async () => {
  for (const { module, room, includes } of await readSources()) {
    if (module === "main") continue;
    for (const name of includes) {
      const below = ROOMS.indexOf(dirname(name).split("/")[0]!) <= ROOMS.indexOf(room);
      expect(below, `${module} includes ${name}.h of a room above it`).toBe(true);
    }
  }
});

test("the agent's files are small, and none declares the functions of another", async () => {
  const entries = await readdir(join(root, "agent"), { recursive: true });
  for (const path of entries.filter((name) => /\.[ch]$/.test(name))) {
    const text = await readFile(join(root, "agent", path), "utf8");
    expect(text.split("\n").length, path).toBeLessThanOrEqual(300);
    const own = `${basename(path, ".c")}.h`;
    if (path.endsWith(".c")) expect(text, `${path} beside ${own}`).not.toMatch(/^extern /m);
  }
});
