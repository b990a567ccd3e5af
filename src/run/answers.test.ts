import { describe, expect, test } from "vitest";
import * as events from "../../test/run-events.js";
import { syscall } from "../protocol/steps.js";
import type { AnswerEvent, LaneHappening } from "./events.js";

const answer = (question: string, lines: readonly string[], ended = "prompt"): AnswerEvent => ({
  ...{ kind: "answer", from: "ddb", question, lines },
  ended: ended as AnswerEvent["ended"],
});

const step = syscall({ name: "enter", nr: 468, expect: "ok" });
const stack = "thread 77 (agent) D|[<0>] take+0x1/0x2|thread 78 (my agent) S|[<0>] wait+0x3/0x4|";
const late = events.observed({
  ...{ stepId: 1, name: "enter", kind: "syscall", status: "timed-out", data: { stack } },
});

/** Two threads, each of which holds what the other waits for. */
const blocked = (name: string, pid: number, asker: string): readonly string[] => [
  `task:${name.padEnd(15)} state:D stack:0     pid:${pid}    ppid:1      flags:0x00004002`,
  "Call Trace:",
  " <TASK>",
  " schedule_preempt_disabled+0x15/0x30",
  " __mutex_lock+0x4d5/0xa60",
  ` ${asker}+0x2f/0x60`,
  " </TASK>",
];
const locks = [
  "Showing all locks held in the system:",
  "2 locks held by agent/77:",
  " #0: ffff888004a1c0a8 (first){+.+.}-{4:4}, at: one+0x1f/0x60",
  " #1: ffff888004a1c148 (second){+.+.}-{4:4}, at: one+0x2f/0x60",
  "2 locks held by other/78:",
  " #0: ffff888004a1c148 (second){+.+.}-{4:4}, at: two+0x1f/0x60",
  " #1: ffff888004a1c0a8 (first){+.+.}-{4:4}, at: two+0x2f/0x60",
];
const cycle: readonly LaneHappening[] = [
  answer("w", [...blocked("agent", 77, "one"), ...blocked("other", 78, "two")]),
  answer("d", locks),
];
const title =
  "deadlock: agent holds first and waits for second, other holds second and waits for first";

const dying = (...more: readonly LaneHappening[]) =>
  events.judged(
    events.timed([
      events.started({ steps: events.plannedSteps([step]) }),
      events.phase("load"),
      events.mark(),
      events.hello(),
      events.phase("probe"),
      ...more,
      events.ended("stopped"),
    ]),
  );

const deadline: LaneHappening = {
  ...{ kind: "deadline", phase: "probe", budgetMs: 1000, spentMs: 1000, consoleBytes: 9 },
};

describe("the evidence", () => {
  test("of a step that took too long is where its threads were in the kernel", () => {
    const { verdict, evidence } = events.judgedRun([step], [late]);
    expect(verdict).toBe("failed");
    expect(evidence).toEqual([
      "enter: expected ok, saw timed out",
      "kernel stack of the step's process, enter:",
      "  thread 77 (agent) D",
      "  [<0>] take+0x1/0x2",
      "  thread 78 (my agent) S",
      "  [<0>] wait+0x3/0x4",
    ]);
  });

  test("of a panic has what the debugger answered, by command, each within bounds", () => {
    const many = Array.from({ length: 500 }, (_, line) => `frame ${line}`);
    const { title: said, evidence } = dying(
      events.report(),
      answer("bt", ["a() at a+0x1"]),
      answer("alltrace", many, "time"),
    );
    expect(said).toBe("panic: x");
    expect(evidence).toContain("ddb, bt:");
    expect(evidence).toContain("  a() at a+0x1");
    expect(evidence).toContain("ddb, alltrace (it took too long, and was left):");
    expect(evidence).toContain("  … and 440 more lines, in the record");
    expect(evidence).not.toContain("  frame 60");
  });
});

describe("threads that wait for each other", () => {
  test("are the title of a guest that hung, and its budget stays in the evidence", () => {
    const seen = dying(deadline, ...cycle);
    expect(seen).toMatchObject({ verdict: "hung", title });
    expect(seen.evidence[0]).toBe("probe: 1.0 s of 1.0 s");
  });

  test("are a hang also where only a step was late", () => {
    const seen = events.judgedRun([step], [late, ...cycle]);
    expect(seen).toMatchObject({ verdict: "hung", title });
    expect(seen.evidence[0]).toBe("enter: expected ok, saw timed out");
  });

  test("are found where the kernel was asked at the end instead of powered off", () => {
    const begun = [events.phase("load"), events.mark(), events.hello(), events.phase("probe")];
    const asked: LaneHappening = { kind: "autopsy", how: "non-maskable interrupt" };
    const stops = events.mark({ class: "debugger", name: "ddb-prompt", severity: "fatal" });
    const start = events.started({ steps: events.plannedSteps([step]) });
    const judged = (...answers: readonly LaneHappening[]) =>
      events.judged(
        events.timed([
          start,
          ...begun,
          late,
          events.end(),
          asked,
          stops,
          ...answers,
          events.ended("stopped"),
        ]),
      );
    expect(judged(...cycle)).toMatchObject({ verdict: "hung", title });
    expect(judged()).toMatchObject({ verdict: "failed", title: "1 of 1 step failed" });
  });

  test("are evidence of a panic, and not its title", () => {
    const seen = dying(events.report(), ...cycle);
    expect(seen).toMatchObject({ verdict: "panicked", title: "panic: x" });
    expect(seen.evidence).toContain(title);
  });
});

describe("a debugger's prompt", () => {
  const prompt = events.mark({
    ...{ class: "debugger", name: "ddb-prompt", severity: "fatal", title: "ddb waits" },
  });

  test("is a hang of a guest that says nothing more", () => {
    expect(dying(prompt)).toMatchObject({ verdict: "hung", title: "probe: ddb waits" });
  });

  test("is a program's words where the agent goes on", () => {
    const quiet = Array.from({ length: 12 }, () => events.mark());
    const seen = dying(prompt, ...quiet, events.reply(1, "syscall", "ok", { rc: 0 }));
    expect(seen.verdict).not.toBe("hung");
  });
});
