/** `kernlane crashes` as a process of its own. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { idOf } from "../src/crashes/crash.js";
import { enterSightings } from "../src/crashes/enter-sightings.js";
import { kernlane } from "./cli-process.js";
import { tempFolder } from "./temp-folder.js";

let project = "";
let crashes = "";
beforeEach(() => {
  project = tempFolder("crashes-command");
  crashes = join(project, ".kernlane", "crashes");
});

async function seen(title: string, run: string): Promise<void> {
  const folder = join(project, ".kernlane", "runs", run, "stock");
  const report = {
    lines: [title, "\u001b]0;owned\u0007"],
    backtrace: ["f+0x1"],
    isWhole: true,
    hasPlaces: false,
  };
  const sighting = { title, class: "panic", severity: "fatal", steps: ["getpid"], report } as const;
  const place = {
    lane: "mine",
    kernel: "stock (6.1.0)",
    runId: run,
    folder,
    at: new Date().toISOString(),
  };
  expect((await enterSightings(crashes, [sighting], place)).notices).toEqual([]);
}

test("crashes are listed, shown and removed; what is none is named and left", async () => {
  const none = await kernlane(["crashes", "list"], project);
  expect(none).toMatchObject({ status: 0, stdout: "no crashes are kept here\n" });
  await seen("panic: a", "one");
  await seen("panic: a", "two");
  await seen("panic: b", "two");
  mkdirSync(join(project, ".kernlane", "runs", "two", "stock"), { recursive: true });
  writeFileSync(join(crashes, "notes"), "");

  const { status, stdout } = await kernlane(["crashes", "list"], project);
  expect(status).toBe(0);
  expect(stdout).toMatch(
    new RegExp(`^${idOf("panic: a")}  fatal +2 +0 minutes +stock \\(6\\.1\\.0\\) +panic: a$`, "m"),
  );
  expect(stdout).toContain(`left alone: ${join(crashes, "notes")} is no crash\n`);
  const json = await kernlane(["crashes", "list", "--json"], project);
  expect(JSON.parse(json.stdout)).toMatchObject({
    crashes: [
      { title: "panic: a", count: 2 },
      { title: "panic: b", count: 1 },
    ],
    leftAlone: [`${join(crashes, "notes")} is no crash`],
  });

  const shown = await kernlane(["crashes", "show", idOf("panic: a").slice(0, 8)], project);
  expect(shown.stdout.split("\n")).toEqual([
    "panic: a",
    `  id       ${idOf("panic: a")}`,
    "  class    panic (fatal)",
    expect.stringMatching(/^ {2}seen     2 times, first \d{4}-\d\d-\d\d \d\d:\d\d, last /),
    "  kernels  stock (6.1.0) 2×",
    "  lanes    mine 2×",
    "  steps    getpid 2×",
    "  runs",
    expect.stringMatching(/runs\/one\/stock \(removed\)$/),
    expect.stringMatching(/runs\/two\/stock$/),
    "  backtrace",
    "    f+0x1",
    "  the best report",
    "    panic: a",
    expect.not.stringMatching(/[\x00-\x1f\x7f]/),
    "",
  ]);
  const shownJson = await kernlane(["crashes", "show", "panic: a", "--json"], project);
  expect(JSON.parse(shownJson.stdout)).toMatchObject({ crash: { title: "panic: a", count: 2 } });

  const removed = await kernlane(["crashes", "rm", "panic: b", idOf("panic: a")], project);
  expect(removed.stdout).toBe(
    `removed ${idOf("panic: b")}: panic: b\nremoved ${idOf("panic: a")}: panic: a\n`,
  );
});

test("one that is not known is refused, and then nothing is removed", async () => {
  await seen("panic: a", "one");
  const refused = await kernlane(["crashes", "rm", "panic: a", "panic: c"], project);
  expect([refused.status, refused.stdout]).toEqual([2, ""]);
  expect(refused.stderr).toContain("error[crash-unknown]: no crash in");
  expect((await kernlane(["crashes", "list"], project)).stdout).toContain("panic: a");
});
