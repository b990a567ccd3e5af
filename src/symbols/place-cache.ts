/**
 * Answers that were given before, by the build id of the file: what a place of a build is does not change. A line of JSON each, added at the end, so
 * that processes may do it side by side; a line that is damaged is as none.
 */
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseJson } from "../host/json-file.js";
import { makeFolder } from "../host/make-folder.js";
import { stateFolder } from "../host/paths.js";
import type { SourcePlace } from "./symbols.js";

export interface PlaceCache {
  get(address: bigint): readonly SourcePlace[] | undefined;
  add(address: bigint, places: readonly SourcePlace[]): void;
  /** Writes what was added. What cannot be kept is asked for again. */
  save(): void;
}

/** Some ten thousand places; then it begins anew. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_FILES = 500;
const BUILD_ID = /^[0-9a-f]{8,128}$/;

/** A file without a build id is known by nothing that stays the same, and its answers are kept in memory alone. */
export function openPlaceCache(buildId: string | undefined): PlaceCache {
  const path =
    buildId !== undefined && BUILD_ID.test(buildId)
      ? join(stateFolder(), "symbols", `${buildId}.jsonl`)
      : undefined;
  const known = path === undefined ? new Map<bigint, readonly SourcePlace[]>() : load(path);
  const added: string[] = [];
  return {
    get: (address) => known.get(address),
    add(address, places) {
      known.set(address, places);
      added.push(JSON.stringify({ address: `0x${address.toString(16)}`, places }) + "\n");
    },
    save() {
      if (path === undefined || added.length === 0) return;
      try {
        makeFolder(dirname(path));
        if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES) rmSync(path);
        const isNew = statSync(path, { throwIfNoEntry: false }) === undefined;
        appendFileSync(path, added.join(""));
        if (isNew) forgetOldest(dirname(path));
      } catch {
        // A full disk or a folder of somebody else: the next run asks the program again.
      }
      added.length = 0;
    },
  };
}

/** Each build of a kernel has a file, and each of its modules. */
function forgetOldest(folder: string): void {
  const names = readdirSync(folder);
  if (names.length <= MAX_FILES) return;
  const files = names
    .map((name) => join(folder, name))
    .map((path) => ({ path, atMs: statSync(path).mtimeMs }))
    .sort((one, other) => other.atMs - one.atMs);
  for (const { path } of files.slice(MAX_FILES)) rmSync(path, { force: true });
}

function load(path: string): Map<bigint, readonly SourcePlace[]> {
  const known = new Map<bigint, readonly SourcePlace[]>();
  try {
    if (statSync(path).size > 2 * MAX_BYTES) return known;
    for (const line of readFileSync(path, "utf8").split("\n")) {
      const entry = parseJson(line);
      if (isEntry(entry)) known.set(BigInt(entry.address), entry.places);
    }
  } catch {
    // Nothing was kept yet.
  }
  return known;
}

function isEntry(value: unknown): value is { address: string; places: SourcePlace[] } {
  if (typeof value !== "object" || value === null) return false;
  const { address, places } = value as { address?: unknown; places?: unknown };
  const isAddress = typeof address === "string" && /^0x[0-9a-f]{1,16}$/.test(address);
  return isAddress && Array.isArray(places) && places.length > 0 && places.every(isPlace);
}

function isPlace(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { function: name, file, line } = value as Readonly<Record<string, unknown>>;
  return typeof name === "string" && typeof file === "string" && Number.isSafeInteger(line);
}
