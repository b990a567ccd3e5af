/**
 * Small JSON files that several processes share: written whole or not at all.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { randomUUID } from "node:crypto";
import { makeFolder } from "./make-folder.js";

/** The file's content, or `undefined` if it is missing or damaged: what it holds can be found out again. */
export function readJsonFile(path: string): unknown {
  try {
    return parseJson(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** What a text says, or `undefined` if it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Replaces the file in one step, so that no reader ever sees half of it. */
export function writeJsonFile(path: string, value: unknown): void {
  makeFolder(dirname(path));
  const partial = `${path}.${randomUUID()}`;
  try {
    writeFileSync(partial, JSON.stringify(value, undefined, 2) + "\n", { flag: "wx" });
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}
