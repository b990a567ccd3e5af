/**
 * The codes of errors are stable: the catalogue has each, `docs/errors.md` is made from it, and each can be thrown.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { errorCatalogue } from "../src/base/errors/catalogue.js";
import { packageRoot } from "../src/host/paths.js";
import { errorsPage } from "./errors-page.js";

function sources(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return path.endsWith("base/errors") ? [] : sources(path);
    return path.endsWith(".ts") && !path.endsWith(".test.ts") ? [readFileSync(path, "utf8")] : [];
  });
}

const text = sources(join(packageRoot(), "src")).join("\n");

test("docs/errors.md is made from the catalogue (npm run docs)", async () => {
  await expect(await errorsPage()).toMatchFileSnapshot("../docs/errors.md");
});

test("every code of the catalogue can be thrown", () => {
  const unused = Object.keys(errorCatalogue).filter((code) => !text.includes(`"${code}"`));
  expect(unused).toEqual([]);
});

test("every code has a sentence of its own, in plain English", () => {
  const sentences = Object.values(errorCatalogue).map(({ when }) => when);
  expect(sentences.filter((one, index) => sentences.indexOf(one) !== index)).toEqual([]);
  const stumbling = /is not there|anew|gone on from|would not hear|met at|without a word/;
  const said = Object.values(errorCatalogue).map(({ when, hint = "" }) => `${when}; ${hint}`);
  expect(said.filter((one) => stumbling.test(one))).toEqual([]);
});
