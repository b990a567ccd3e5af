import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../src/host/paths.js";

test("tests make their temporary folders through the helper that removes them", () => {
  const root = packageRoot();
  const files = ["src", "lanes", "test"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => (folder === "test" ? name.endsWith(".ts") : name.endsWith(".test.ts")))
      .map((name) => join(root, folder, name)),
  );
  const own = files.filter((file) =>
    /mkdtemp(Sync)?\(join\(tmpdir/.test(readFileSync(file, "utf8")),
  );
  expect(own.map((file) => relative(root, file))).toEqual(["test/temp-folder.ts"]);
});
