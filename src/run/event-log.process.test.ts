import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../host/paths.js";
import { observed, phase, report, started } from "../../test/run-events.js";
import { tempFolder } from "../../test/temp-folder.js";
import { openEventLog, readEvents, type EventLogOptions } from "./event-log.js";
import type { LaneEvent, LaneHappening } from "./events.js";

function openLog(options: EventLogOptions = {}) {
  const path = join(tempFolder("events"), "events.jsonl");
  const log = openEventLog(path, options);
  let atMs = 0;
  return {
    append: (happening: LaneHappening) => log.append({ atMs: atMs++, ...happening }),
    close: () => log[Symbol.dispose](),
    read: (): readonly LaneEvent[] => readEvents(readFileSync(path, "utf8"), path),
  };
}

const request = (id: number): LaneHappening => ({
  ...{ kind: "request", id, name: "getpid()", context: "main" },
});
const answer = (stepId: number): LaneHappening => observed({ kind: "syscall", stepId });
const idOf = (event: LaneEvent): number | undefined =>
  event.kind === "request" ? event.id : undefined;

test("what is no call is written as it happens, and a call when something happens that a verdict rests on", () => {
  const log = openLog();
  log.append(started());
  log.append(phase("probe"));
  log.append(request(1));
  expect(log.read().map(({ kind }) => kind)).toEqual(["started", "phase"]);
  log.append(report());
  expect(log.read().map(({ kind }) => kind)).toEqual(["started", "phase", "request", "report"]);
  log.close();
});

test("of a million calls the last are kept, what was left out is counted, and what is under way stays", () => {
  const log = openLog();
  log.append(started());
  log.append(request(0));
  for (let id = 1; id < 100_000; id++) {
    log.append(request(id));
    log.append(answer(id));
  }
  log.append({ kind: "interrupted" });
  log.close();
  const events = log.read();
  expect(events.length).toBeLessThan(5_000);
  expect(events.map(idOf)).toEqual(expect.arrayContaining([0, 99_999]));
  const [gap] = events.filter((event) => event.kind === "calls-left-out");
  expect(gap!.count + events.length).toBe(2 * 99_999 + 1 + 3);
});

test("a guest whose console never rests does not make the log grow without end", () => {
  const log = openLog();
  for (let id = 1; id < 60_000; id++) {
    log.append(request(id));
    log.append(answer(id));
    if (id % 50 === 0) log.append({ kind: "gap", reason: "x" });
  }
  log.close();
  const calls = log.read().filter((event) => event.kind === "request");
  expect(calls.length).toBeLessThan(30_000);
  expect(calls.at(-1)).toMatchObject({ id: 59_999 });
});

test("whoever asks for it has every call, as it happens", () => {
  const log = openLog({ keepsEveryCall: true });
  for (let id = 1; id <= 5_000; id++) log.append(request(id));
  expect(log.read()).toHaveLength(5_000);
  log.close();
});

const child = (path: string): string => `
  import { createServer } from "vite";
  const quiet = { configFile: false, logLevel: "error", appType: "custom" };
  const server = await createServer({ ...quiet, server: { middlewareMode: true, ws: false } });
  const { openEventLog } = await server.ssrLoadModule("/src/run/event-log.ts");
  const log = openEventLog(${JSON.stringify(path)}, {});
  log.append({ atMs: 0, kind: "request", id: 1, name: "x", context: "main" });
  process.exit(3);
`;

test("a process that ends without closing it has written the last calls", () => {
  const path = join(tempFolder("events"), "events.jsonl");
  spawnSync(process.execPath, ["--input-type=module", "--eval", child(path)], {
    cwd: packageRoot(),
  });
  expect(readEvents(readFileSync(path, "utf8"), path)).toMatchObject([{ kind: "request", id: 1 }]);
});
