/**
 * A Node that is too old is told so, by every entry that a person starts: whatever that Node reads first is written in syntax
 * that it knows, and ends before anything else is loaded.
 */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { expect, onTestFinished, test } from "vitest";
import { packageRoot } from "../src/host/paths.js";
import { tempFolder } from "./temp-folder.js";

const entries = ["bin/kernlane.js", "scripts/start.mjs", "scripts/test.mjs", "scripts/bench.mjs"];

test("the version that is checked is the package's", () => {
  const manifest = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as {
    readonly engines: { readonly node: string };
  };
  const check = readFileSync(join(packageRoot(), "bin", "check-node.js"), "utf8");
  expect(manifest.engines.node).toBe(`>=${/NEEDED = "(.+)"/.exec(check)![1]!}`);
});

test.each([...entries, "bin/check-node.js"])("%s is read by Node 14", (entry) => {
  const text = readFileSync(join(packageRoot(), entry), "utf8");
  const options = { minifySyntax: false, format: "esm" } as const;
  const newest = transformSync(text, { ...options, target: "esnext" }).code;
  expect(transformSync(text, { ...options, target: "node14.8" }).code).toBe(newest);
  // Anything that is imported statically is read too.
  const imported = [...text.matchAll(/^import .*"([^"]+)";$/gm)].map(([, path]) => path);
  expect(
    imported.filter((path) => !path!.endsWith("bin/check-node.js") && path !== "./check-node.js"),
  ).toEqual([]);
});

test.each(entries)("%s says that Node 18 is too old, and exits with 69", async (entry) => {
  const folder = tempFolder("node-version");
  const pretend = join(folder, "pretend.cjs");
  writeFileSync(
    pretend,
    'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.1" } });',
  );
  const { status, stderr } = await run([
    "--require",
    pretend,
    join(packageRoot(), entry),
    "--version",
  ]);
  expect(stderr).toBe(
    "error[node-too-old]: kernlane needs Node.js 20.19 or later; this is 18.20.1\n" +
      "hint: install a current Node.js, or put it first in PATH\n",
  );
  expect(status).toBe(69);
});

function run(
  args: readonly string[],
): Promise<{ readonly status: unknown; readonly stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, (error, _stdout, stderr) =>
      resolve({ status: error?.code ?? 0, stderr }),
    );
    onTestFinished(() => void child.kill());
  });
}
