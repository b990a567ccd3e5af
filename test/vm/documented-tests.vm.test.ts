/**
 * The tests that docs/testing-kernels.md shows pass, with the config that `kernlane init` writes; and its model finds what the
 * page says that it finds.
 */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { configTemplate } from "../../src/cli/config-template.js";
import { packageRoot } from "../../src/host/paths.js";
import { runVitest, writeTwinConfig } from "./child-vitest.js";
import { scratchFolder } from "./guest-run.js";

const page = readFileSync(join(packageRoot(), "docs", "testing-kernels.md"), "utf8");
const examples = examplesIn(page);

interface Example {
  readonly path: string;
  readonly text: string;
}

function examplesIn(markdown: string): readonly Example[] {
  const found = markdown.matchAll(/<!-- example: (\S+) -->\s+```ts\n([^]*?)```/g);
  return [...found].map(([, path, text]) => ({ path: path!, text: text! }));
}

/** A project as the page has its reader make one. */
function makeProject(files: readonly Example[]): string {
  const folder = scratchFolder();
  symlinkSync(join(packageRoot(), "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "kernlane.config.ts"), configTemplate);
  for (const { path, text } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

test("every example passes", { timeout: 600_000 }, async () => {
  const folder = makeProject(examples);
  const run = await runVitest({ files: [], root: folder, cwd: folder });
  expect(run.tests.filter(({ status }) => status !== "passed")).toEqual([]);
  expect(run).toMatchObject({ code: 0, boots: 5 });
  expect(run.tests.length).toBe(12);
});

test("a mistake in the model is found, and shrunk to two calls", { timeout: 600_000 }, async () => {
  const model = examples.find(({ path }) => path === "test/model.test.ts")!;
  const text = model.text.replace("command.mask & 0o777 }", "command.mask & 0o7777 }");
  expect(text).not.toBe(model.text);
  const folder = makeProject([{ path: model.path, text }]);
  const [found] = (await runVitest({ files: [], root: folder, cwd: folder })).tests;
  expect(found?.status).toBe("failed");
  const counterexample = /^ {4}(Counterexample: .*)$/m.exec(page)?.[1];
  // Which of the two processes it is, is a matter of chance.
  expect(found!.message.replaceAll('"process":"b"', '"process":"a"')).toContain(counterexample);
});

test("the README's file of tests passes", { timeout: 600_000 }, async () => {
  const readme = readFileSync(join(packageRoot(), "README.md"), "utf8");
  const folder = makeProject(examplesIn(readme).filter(({ path }) => path.startsWith("test/")));
  writeTwinConfig(folder, { lane: "twq" });
  const run = await runVitest({ files: [], root: folder, cwd: folder });
  expect(run).toMatchObject({ code: 0, boots: 2 });
  expect(run.tests.map(({ status }) => status)).toEqual(["passed", "passed", "passed"]);
});
