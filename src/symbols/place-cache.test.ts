import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { tempFolder } from "../../test/temp-folder.js";
import { openPlaceCache } from "./place-cache.js";

const BUILD_ID = "ab".repeat(20);
const places = [{ function: "f", file: "/src/a.c", line: 7 }];
let folder: string;

beforeEach(() => {
  const cache = tempFolder("places");
  vi.stubEnv("XDG_CACHE_HOME", cache);
  folder = join(cache, "kernlane", "symbols");
});

afterEach(() => {
  vi.unstubAllEnvs();
});

function keep(buildId: string | undefined, address = 0x10n): void {
  const cache = openPlaceCache(buildId);
  cache.add(address, places);
  cache.save();
}

test("answers what was kept for the same build, and for no other", () => {
  keep(BUILD_ID);
  expect(openPlaceCache(BUILD_ID).get(0x10n)).toEqual(places);
  expect(openPlaceCache(BUILD_ID).get(0x11n)).toBeUndefined();
  expect(openPlaceCache("cd".repeat(20)).get(0x10n)).toBeUndefined();
});

test("adds to what another process kept meanwhile", () => {
  const [one, other] = [openPlaceCache(BUILD_ID), openPlaceCache(BUILD_ID)];
  one.add(0x10n, places);
  other.add(0x20n, places);
  one.save();
  other.save();
  const later = openPlaceCache(BUILD_ID);
  expect([later.get(0x10n), later.get(0x20n)]).toEqual([places, places]);
});

test("keeps nothing for a file without a build id, or with one that is no number", () => {
  keep(undefined);
  keep("../../elsewhere");
  expect(() => readdirSync(folder)).toThrow("ENOENT");
});

test("takes a damaged line for none", () => {
  keep(BUILD_ID);
  const path = join(folder, `${BUILD_ID}.jsonl`);
  const broken = [
    '{"address":"0x20","places":[{"function":"f"}]}',
    '{"address":"elsewhere","places":[]}',
    '{"address":"0x30","pla',
    "",
  ];
  writeFileSync(path, readFileSync(path, "utf8") + broken.join("\n"));
  const cache = openPlaceCache(BUILD_ID);
  expect([0x10n, 0x20n, 0x30n].map((address) => cache.get(address))).toEqual([
    places,
    undefined,
    undefined,
  ]);
});

test("forgets the builds that were not asked about for longest", () => {
  mkdirSync(folder, { recursive: true });
  for (let index = 0; index < 500; index++) {
    const path = join(folder, `${index}.jsonl`);
    writeFileSync(path, "");
    utimesSync(path, 1_000_000 + index, 1_000_000 + index);
  }
  keep(BUILD_ID);
  const left = readdirSync(folder);
  expect(left).toHaveLength(500);
  expect([
    left.includes("0.jsonl"),
    left.includes("1.jsonl"),
    left.includes(`${BUILD_ID}.jsonl`),
  ]).toEqual([false, true, true]);
});
