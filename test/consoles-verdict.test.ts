/**
 * Each console of the corpus, judged as a run whose machine ended as such a death ends.
 */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { GuestFamily } from "../src/base/family.js";
import { packageRoot } from "../src/host/paths.js";
import type { MachineEnd } from "../src/machine/machine.js";
import type { LaneEvent, LaneHappening } from "../src/run/events.js";
import { openInterpreter } from "../src/run/interpreter.js";
import { judge } from "../src/run/judge.js";
import { parseConsoleFile, type ConsoleFile } from "./consoles/console-file.js";

const ends: Readonly<Record<string, MachineEnd["how"]>> = {
  passed: "powered-off",
  incomplete: "powered-off",
  failed: "powered-off",
  panicked: "reset",
  rebooted: "reset",
  "boot-failed": "stopped",
  hung: "stopped",
};

function eventsOf(
  { verdict, console: bytes }: ConsoleFile,
  guest: GuestFamily,
): readonly LaneEvent[] {
  const interpreter = openInterpreter(guest, []);
  const seen = [...interpreter.console(bytes), ...interpreter.end()].flatMap((insight) =>
    insight.type === "happened" ? [insight.happening] : [],
  );
  const agent = (kind: string): LaneHappening => ({
    kind: "observation",
    observation: {
      seq: 1,
      stepId: null,
      name: kind,
      kind,
      status: "ok",
      data: {},
      meta: {},
      framed: true,
    },
  });
  const alive = ends[verdict] === "powered-off";
  const happenings: LaneHappening[] = [
    started(guest),
    ...(verdict === "hung"
      ? [{ kind: "deadline", phase: "kernel", budgetMs: 1000, consoleBytes: 9 } as const]
      : []),
    ...(alive ? [agent("hello"), agent("end")] : []),
    ...seen,
    { kind: "machine-ended", end: { how: ends[verdict]!, detail: "" } },
  ];
  return happenings.map((happening, index) => ({ atMs: index, ...happening }));
}

function started(guest: GuestFamily): LaneHappening {
  return {
    kind: "started",
    schema: 1,
    startedAt: "2026-11-24T00:00:00.000Z",
    lane: "corpus",
    kernel: "stock",
    consoleLog: "console.log",
    guest,
    identity: { label: "any" },
    hypervisor: "",
    accel: "",
    accelWhy: "",
    argv: [],
    steps: [],
    allow: [],
  };
}

for (const family of ["linux", "freebsd"] as const) {
  const folder = `${packageRoot()}/test/consoles/${family}`;
  const names = readdirSync(folder).filter((name) => name.endsWith(".txt"));
  test.each(names)(`judges the ${family} console %s as its head says`, (name) => {
    const file = parseConsoleFile(readFileSync(`${folder}/${name}`));
    const judged = judge(eventsOf(file, family));
    expect(judged.verdict).toBe(file.verdict);
    if (judged.verdict === "panicked") expect(judged.title).toBe(file.title);
  });
}
