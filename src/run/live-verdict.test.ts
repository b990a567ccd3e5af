import { expect, test } from "vitest";
import { openMemory } from "./event-memory.js";
import type { LaneEvent, LaneHappening } from "./events.js";
import {
  judged,
  observed as observedAs,
  report,
  started as startedWith,
} from "../../test/run-events.js";

const started = startedWith({ transport: "live", identity: { label: "6.1.0" } });

function observed(kind: string, stepId: number | null = null, seq: number | null = 1) {
  return observedAs({
    kind,
    stepId,
    seq,
    data: { run: "run-1" },
    ...(kind === "end" ? { status: "done" } : {}),
  });
}

const request = (id: number, name: string, context = "main"): LaneHappening => ({
  kind: "request",
  id,
  name,
  context,
});
const probing: LaneHappening = { kind: "phase", phase: "probe", budgetMs: 86_400_000 };
const poweredOff: LaneHappening = {
  kind: "machine-ended",
  end: { how: "powered-off", detail: "it was" },
};
const panic = report();

function numbered(happenings: readonly LaneHappening[]): readonly LaneEvent[] {
  return [started, ...happenings].map((happening, index) => ({ atMs: index * 1000, ...happening }));
}

/** From all that was logged, and from what a long session keeps: both have to say the same. */
function verdictOf(...happenings: readonly LaneHappening[]) {
  const events = numbered(happenings);
  const memory = openMemory();
  events.forEach((event) => memory.keep(event));
  const seen = judged(events);
  expect(judged(memory.kept)).toEqual(seen);
  return seen;
}

test("a live guest that answered to its end has passed, whatever its session had to ask for again", () => {
  const gap: LaneHappening = { kind: "gap", reason: "frame 7 is missing" };
  const asked = [request(1, "getpid()"), observed("syscall", 1)];
  const seen = verdictOf(observed("hello"), probing, ...asked, gap, observed("end"), poweredOff);
  expect(seen).toMatchObject({
    verdict: "passed",
    title: "answered to its end, and powered off",
    evidence: [],
  });
});

test("an end line of a program of the user's own is not the agent's", () => {
  const seen = verdictOf(observed("hello"), probing, observed("end", null, null), poweredOff);
  expect(seen.title).toBe("the agent's end line is missing");
});

test("a panic names what was under way and not what had been answered", () => {
  const { verdict, evidence } = verdictOf(
    ...[probing, request(1, "getpid()"), observed("syscall", 1)],
    ...[request(2, "twq(INIT)"), request(3, "twq(ENTER)", "p/t"), panic],
  );
  expect(verdict).toBe("panicked");
  expect(evidence).toEqual([
    "under way: twq(INIT) (request 2)",
    "under way: twq(ENTER) in p/t (request 3)",
    "panic: x",
  ]);
});

test("a guest that answers no more is hung, for as long as it was asked in vain", () => {
  const deadline: LaneHappening = {
    ...{ kind: "deadline", phase: "probe", budgetMs: 86_400_000, silentMs: 8200, consoleBytes: 9 },
  };
  const seen = verdictOf(observed("hello"), probing, request(1, "hangs"), deadline);
  expect(seen).toMatchObject({ verdict: "hung", title: "probe: no answer for 8.2 s" });
  expect(seen.evidence[0]).toBe("under way: hangs (request 1)");
});

test("what was answered is not kept, however long the session is", () => {
  const memory = openMemory();
  for (const event of numbered([observed("hello"), probing])) memory.keep(event);
  for (let id = 1; id <= 10_000; id++) {
    memory.keep({ atMs: id, ...request(id, "getpid()") });
    memory.keep({ atMs: id, ...observed("output", id) });
    memory.keep({ atMs: id, ...observed("syscall", id) });
  }
  expect(memory.kept).toHaveLength(3);
});
