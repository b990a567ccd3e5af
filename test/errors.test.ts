/**
 * The codes of errors are stable: each is in `docs/errors.md`, and each that is there can be thrown.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../src/host/paths.js";

function sources(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return path.endsWith(".ts") && !path.endsWith(".test.ts") ? [readFileSync(path, "utf8")] : [];
  });
}

const text = sources(join(packageRoot(), "src")).join("\n");
const page = readFileSync(join(packageRoot(), "docs", "errors.md"), "utf8");
const documented = [...page.matchAll(/^\| (`[^|]+)\|/gm)].flatMap(([, cell]) =>
  [...cell!.matchAll(/`([a-z0-9-]+)`/g)].map(([, code]) => code!),
);

test("every code that the source throws is documented", () => {
  const thrown = new Set<string>();
  for (const [, code] of text.matchAll(/\bcode: "([a-z0-9-]+)"/g)) thrown.add(code!);
  for (const [, first, second] of text.matchAll(
    /\bcode: \w+ \? "([a-z0-9-]+)" : "([a-z0-9-]+)"/g,
  )) {
    thrown.add(first!).add(second!);
  }
  expect(thrown.size).toBeGreaterThan(80);
  expect([...thrown].filter((code) => !documented.includes(code))).toEqual([]);
});

test("every code that is documented is in the source, and only once on the page", () => {
  expect(documented.filter((code) => !text.includes(`"${code}"`))).toEqual([]);
  expect(documented.length).toBe(new Set(documented).size);
});
