import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/temp-folder.js";
import { CONFIG_NAMES, findConfig } from "./find-config.js";

function folderWith(...files: readonly string[]): string {
  const folder = tempFolder("find-config");
  for (const file of files) {
    mkdirSync(join(folder, file, ".."), { recursive: true });
    writeFileSync(join(folder, file), "");
  }
  return folder;
}

test.each(CONFIG_NAMES)("finds %s in the working folder", (name) => {
  const folder = folderWith(name);
  expect(findConfig(folder)).toBe(join(folder, name));
});

test("finds the nearest config above, up to the root of the repository", () => {
  const folder = folderWith(
    "kernlane.config.ts",
    ".git/HEAD",
    "src/deep/file",
    "lib/kernlane.config.mts",
  );
  expect(findConfig(join(folder, "src/deep"))).toBe(join(folder, "kernlane.config.ts"));
  expect(findConfig(join(folder, "lib"))).toBe(join(folder, "lib/kernlane.config.mts"));
});

test("a work tree's root is known by its .git file, too", () => {
  const folder = folderWith("kernlane.config.ts", ".git", "src/file");
  expect(findConfig(join(folder, "src"))).toBe(join(folder, "kernlane.config.ts"));
});

test("looks neither above a repository nor above a folder that is in none", () => {
  const repository = folderWith("kernlane.config.ts", "repository/.git", "repository/src/file");
  expect(findConfig(join(repository, "repository/src"))).toBeUndefined();
  const plain = folderWith("kernlane.config.ts", "src/file");
  expect(findConfig(join(plain, "src"))).toBeUndefined();
});

test("two configs in one folder are refused, with their names", () => {
  const folder = folderWith("kernlane.config.ts", "kernlane.config.js");
  expect(() => findConfig(folder)).toThrow(
    expect.objectContaining({
      code: "config-ambiguous",
      message: `${folder} has 2 configs: kernlane.config.ts, kernlane.config.js`,
    }) as Error,
  );
});
