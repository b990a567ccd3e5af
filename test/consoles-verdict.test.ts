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
import { syscall } from "../src/protocol/steps.js";
import { end, hello, judged, plannedSteps, reply, started, timed } from "./run-events.js";
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

const getpid = syscall({ name: "getpid()", nr: 39, expect: /^= / });

function eventsOf(
  { verdict, console: bytes }: ConsoleFile,
  guest: GuestFamily,
): readonly LaneEvent[] {
  const interpreter = openInterpreter(guest, [], "run-1");
  const seen = [...interpreter.console(bytes), ...interpreter.end()].flatMap((insight) =>
    insight.type === "happened" ? [insight.happening] : [],
  );
  const alive = ends[verdict] === "powered-off";
  const happenings: LaneHappening[] = [
    started({ guest, identity: { label: "any" }, steps: plannedSteps([getpid]) }),
    ...(verdict === "hung"
      ? [{ kind: "deadline", phase: "kernel", budgetMs: 1000, consoleBytes: 9 } as const]
      : []),
    ...(alive ? [hello(), reply(1, "syscall", "ok", { rc: 1 }), end()] : []),
    ...seen,
    { kind: "machine-ended", end: { how: ends[verdict]!, detail: "" } },
  ];
  return timed(happenings);
}

for (const family of ["linux", "freebsd"] as const) {
  const folder = `${packageRoot()}/test/consoles/${family}`;
  const names = readdirSync(folder).filter((name) => name.endsWith(".txt"));
  test.each(names)(`judges the ${family} console %s as its head says`, (name) => {
    const file = parseConsoleFile(readFileSync(`${folder}/${name}`));
    const seen = judged(eventsOf(file, family));
    expect(seen.verdict).toBe(file.verdict);
    if (seen.verdict === "panicked") expect(seen.title).toBe(file.title);
  });
}
