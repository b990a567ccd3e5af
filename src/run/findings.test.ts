import { expect, test } from "vitest";
import type { ReportEvent } from "../console/events.js";
import { findingsPolicy } from "../lane/findings.js";
import {
  ended,
  end,
  hello,
  judgedRun,
  mark,
  plannedSteps,
  report,
  reply,
  started,
  timed,
  judged,
} from "../../test/run-events.js";
import { syscall } from "../protocol/steps.js";
import type { LaneHappening, StartedEvent } from "./events.js";
import { fateOf } from "./findings.js";

const getpid = syscall({ name: "getpid()", nr: 39, expect: /^= / });
const answer = reply(1, "syscall", "ok", { rc: 1 });

function finding(part: Partial<ReportEvent> = {}): LaneHappening {
  const lock = { severity: "finding", class: "locks", name: "lock-order-reversal" } as const;
  const event = report({ ...lock, title: "lock order reversal: a -> b", evidence: [], ...part });
  return { ...event, during: { steps: ["getpid()"], previous: null } } as LaneHappening;
}

const judgedWith = (findings: StartedEvent["findings"], ...found: readonly LaneHappening[]) =>
  judgedRun([getpid], [answer, ...found], { findings: findings! });

test("a finding fails a run, and says during which step and in which thread it came", () => {
  const seen = judgedWith({}, finding({ task: { name: "agent", pid: 77, cpu: 1 } }));
  expect(seen).toMatchObject({ verdict: "failed", title: "lock order reversal: a -> b" });
  expect(seen.evidence[0]).toBe("during step getpid(); in process agent, pid 77, on CPU 1");
});

test("a survey groups findings by title with a count, and none of them fails the run", () => {
  const seen = judgedWith(
    { "*": "report" },
    finding(),
    finding({ title: "WARNING in f" }),
    finding(),
  );
  expect(seen.verdict).toBe("passed");
  expect(seen.title).toBe("1 as expected, 3 findings reported");
  expect(seen.evidence).toEqual([
    "findings that the lane only reports:",
    "  2 × lock order reversal: a -> b (locks), first during step getpid()",
    "  1 × WARNING in f (locks), first during step getpid()",
  ]);
});

test("a death is a death in a survey, too, and the findings before it are told", () => {
  const seen = judgedWith({ "*": "report" }, finding(), report());
  expect(seen.verdict).toBe("panicked");
  expect(seen.evidence).toContain("findings that the lane only reports:");
});

test("the closest word counts: title, name, class, all others", () => {
  const one = { title: "WARNING in f", name: "warning", class: "locks" } as const;
  expect(fateOf({}, one)).toBe("fail");
  expect(fateOf({ "*": "report" }, one)).toBe("report");
  expect(fateOf({ "*": "report", locks: "fail" }, one)).toBe("fail");
  expect(fateOf({ locks: "fail", warning: "report" }, one)).toBe("report");
  expect(fateOf({ warning: "report", "WARNING in f": "fail" }, one)).toBe("fail");
});

test("runs that an earlier version wrote are judged by their list", () => {
  const old: Record<string, unknown> = {
    ...started({ steps: plannedSteps([getpid]), allow: ["locks"] }),
  };
  delete old["findings"];
  const events = timed([
    old as unknown as StartedEvent,
    mark(),
    hello(),
    answer,
    finding(),
    end(),
    ended("powered-off"),
  ]);
  expect(judged(events).verdict).toBe("passed");
});

test("a word that is neither class nor name is refused with the nearest, a title is taken", () => {
  expect(findingsPolicy("report", "linux")).toEqual({ "*": "report" });
  expect(findingsPolicy(undefined, "linux")).toEqual({ "*": "fail" });
  expect(() => findingsPolicy({ lock: "report" }, "freebsd")).toThrow(/did you mean locks\?/);
  const policy = {
    "WARNING in f": "fail",
    WARNING: "report",
    locks: "report",
    "*": "report",
  } as const;
  expect(findingsPolicy(policy, "linux")).toEqual(policy);
});
