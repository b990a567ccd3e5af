import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { tempFolder } from "../../test/temp-folder.js";
import { idOf, type Sighting } from "./crash.js";
import { enterSightings } from "./enter-sightings.js";
import { findCrash, listCrashes, removeCrash } from "./store.js";

let folder = "";
beforeEach(() => {
  folder = join(tempFolder("crashes"), ".kernlane", "crashes");
});

function sightingOf(title: string): Sighting {
  const report = { lines: [title], backtrace: [], isWhole: true, hasPlaces: false };
  return { title, class: "panic", severity: "fatal", steps: [], report };
}

let runs = 0;
function enter(...titles: string[]) {
  const place = {
    lane: "l",
    kernel: "k",
    folder: "/elsewhere/run/k",
    at: new Date().toISOString(),
  };
  return enterSightings(folder, titles.map(sightingOf), { ...place, runId: `run-${runs++}` });
}

test("each title of a column is entered once, and what is said of it counts", async () => {
  expect(await enter("a", "b", "a")).toMatchObject({
    crashes: [{ title: "a", count: 1 }, { title: "b" }],
  });
  const { crashes, notices } = await enter("a");
  expect(notices).toEqual([]);
  expect(crashes).toEqual([
    {
      id: idOf("a"),
      title: "a",
      severity: "fatal",
      count: 2,
      firstSeen: expect.any(String) as string,
    },
  ]);
  expect(listCrashes(folder).crashes.map(({ title, count }) => [title, count])).toEqual([
    ["b", 1],
    ["a", 2],
  ]);
});

test("nothing is made where nothing was seen", async () => {
  expect(await enter()).toEqual({ crashes: [], notices: [] });
  expect(existsSync(folder)).toBe(false);
  expect(listCrashes(folder)).toEqual({ crashes: [], leftAlone: [] });
});

test("what is damaged or foreign is named and left alone, and the other crashes are counted", async () => {
  await enter("a", "b", "c", "d");
  const fileOf = (title: string): string => join(folder, idOf(title), "crash.json");
  writeFileSync(fileOf("a"), '{"schema": "kernl');
  writeFileSync(fileOf("b"), readFileSync(fileOf("c")));
  writeFileSync(join(folder, "notes.txt"), "mine");
  mkdirSync(join(folder, idOf("e")));
  symlinkSync("/etc", join(folder, idOf("f")));
  const before = readFileSync(fileOf("a"));

  const { crashes, notices } = await enter("a", "b", "c", "f");
  expect(crashes.map(({ title }) => title)).toEqual(["c"]);
  expect(notices).toEqual([
    `not counted, and left alone: ${fileOf("a")} is damaged`,
    `not counted, and left alone: ${fileOf("b")} is of another title`,
    `not counted, and left alone: ${join(folder, idOf("f"))} is no folder`,
  ]);
  expect(readFileSync(fileOf("a"))).toEqual(before);
  const kept = listCrashes(folder);
  expect(kept.crashes.map(({ title }) => title).sort()).toEqual(["c", "d"]);
  expect([...kept.leftAlone].sort()).toEqual(
    [
      `${fileOf("a")} is damaged`,
      `${fileOf("b")} is of another title`,
      `${join(folder, idOf("e"))} holds no crash.json`,
      `${join(folder, idOf("f"))} is no folder`,
      `${join(folder, "notes.txt")} is no crash`,
    ].sort(),
  );
});

test("a guest that prints ever other titles fills neither a run's answer nor the disk", async () => {
  const titles = Array.from({ length: 150 }, (_, index) => `title ${index}`);
  const { crashes, notices } = await enter(...titles);
  expect(crashes).toHaveLength(100);
  expect(notices).toEqual(["50 further titles were not entered among the crashes"]);
});

test("a folder that cannot be made is told, and is nobody's failure", async () => {
  mkdirSync(join(folder, ".."), { recursive: true });
  writeFileSync(folder, "a file");
  const { crashes, notices } = await enter("a");
  expect(crashes).toEqual([]);
  expect(notices).toEqual([expect.stringMatching(/^the crashes were not counted: /)]);
});

test("is found by id, by its first digits and by title; else it is refused", async () => {
  await enter("a", "b");
  expect(findCrash(folder, "a").id).toBe(idOf("a"));
  expect(findCrash(folder, idOf("b").slice(0, 6)).title).toBe("b");
  expect(() => findCrash(folder, "zz")).toThrow("no crash in");
  expect(() => findCrash(folder, "")).toThrow("begins the ids of 2 crashes");
  writeFileSync(join(folder, idOf("b"), "crash.json"), "");
  expect(() => findCrash(folder, idOf("b"))).toThrow("is damaged");
  const hint = "remove its folder by hand; the crash is then counted anew";
  expect(() => findCrash(folder, idOf("b"))).toThrow(expect.objectContaining({ hint }));
});

test("is removed with its folder; what somebody else put there stays", async () => {
  await enter("a", "b");
  expect(await removeCrash(folder, idOf("a"))).toBe(true);
  writeFileSync(join(folder, idOf("b"), "notes"), "mine");
  writeFileSync(join(folder, idOf("b"), "crash.json.0dd2a4b0-0000-4000-8000-000000000000"), "{");
  expect(await removeCrash(folder, idOf("b"))).toBe(false);
  expect(readdirSync(folder)).toEqual([idOf("b")]);
  expect(readdirSync(join(folder, idOf("b")))).toEqual(["notes"]);
});
