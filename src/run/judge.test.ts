import fc from "fast-check";
import { expect, test } from "vitest";
import { syscall } from "../protocol/steps.js";
import type { LaneHappening } from "./events.js";
import {
  end,
  ended,
  hello,
  judged,
  mark,
  observed,
  ownLine,
  phase,
  plannedSteps,
  reply as replyTo,
  report,
  started as startedWith,
  timed,
} from "../../test/run-events.js";

const init = syscall({
  name: "twq(INIT)",
  nr: 468,
  expect: { stock: "ENOSYS", TWQDEBUG: "ENOTSUP" },
});
const started = startedWith({ steps: plannedSteps([init]) });
const reply = replyTo(1, "syscall", "errno", { errno: 95 });
const deadline: LaneHappening = {
  ...{ kind: "deadline", phase: "probe", budgetMs: 1000, spentMs: 1012, consoleBytes: 9 },
};

function verdictOf(...happenings: readonly LaneHappening[]) {
  return judged(timed(happenings));
}

const answered = [started, phase("load"), mark(), hello(), phase("probe"), reply, end()];

test("passed needs everything: identity, replies, the end line and a clean power-off", () => {
  expect(verdictOf(...answered, ended("powered-off"))).toMatchObject({ verdict: "passed" });
});

test("no event that passed can be left out", () => {
  const needed = [...answered, ended("powered-off")];
  const dispensable = new Set(["phase", "mark", "started"]);
  for (const missing of needed.filter(({ kind }) => !dispensable.has(kind))) {
    expect(verdictOf(...needed.filter((one) => one !== missing)).verdict).not.toBe("passed");
  }
});

test("a reset is never a success, whatever was said before", () => {
  expect(verdictOf(...answered, ended("reset"))).toMatchObject({ verdict: "rebooted" });
  expect(verdictOf(...answered, mark(), ended("powered-off"))).toMatchObject({
    verdict: "rebooted",
    title: "the guest booted twice",
  });
});

test("a guest that halted is incomplete, and that is the title whatever else is missing", () => {
  const title = expect.stringMatching(/^the guest halted/) as string;
  expect(verdictOf(...answered, ended("halted"))).toMatchObject({ verdict: "incomplete", title });
  expect(verdictOf(started, mark(), hello(), ended("halted"))).toMatchObject({
    verdict: "incomplete",
    title,
  });
});

test("a panic is never a pass, also after the end line", () => {
  expect(verdictOf(...answered, report(), ended("reset"))).toMatchObject({
    verdict: "panicked",
    title: "panic: x",
    evidence: ["results so far: 1 of 1", "panic: x"],
  });
});

test("a death and a finding carry what was known before the run, and a pass does not", () => {
  const caveats = ["TWQDEBUG and the image's own kernel differ in WITNESS"];
  const begun = startedWith({ steps: plannedSteps([init]), caveats });
  const note = `note: ${caveats[0]!}`;
  const run = [begun, ...answered.slice(1)];
  const finding = report({ class: "warning", severity: "finding" });
  for (const seen of [
    verdictOf(...run, report(), ended("reset")),
    verdictOf(...run, finding, ended("powered-off")),
    verdictOf(...run, ended("reset")),
    verdictOf(begun, phase("probe"), deadline, ended("stopped")),
  ])
    expect([seen.verdict, seen.evidence[0]]).toEqual([seen.verdict, note]);
  expect(verdictOf(...run, ended("powered-off"))).toMatchObject({
    verdict: "passed",
    evidence: [],
  });
});

test("a hang that the kernel itself noticed is titled by that", () => {
  const lockup = report({
    ...{ class: "lockup", severity: "finding", title: "BUG: soft lockup in f" },
    evidence: ["watchdog: BUG: soft lockup"],
  });
  const seen = verdictOf(
    started,
    mark(),
    hello(),
    phase("probe"),
    lockup,
    deadline,
    ended("stopped"),
  );
  expect(seen).toMatchObject({
    verdict: "hung",
    title: "probe: 1.0 s of 1.0 s, BUG: soft lockup in f",
  });
  expect(seen.evidence).toContain("watchdog: BUG: soft lockup");
});

test("what a hung kernel says by itself behind the deadline is not its answer to the interrupt", () => {
  const again = report({
    ...{ class: "lockup", severity: "finding", title: "BUG: soft lockup in f" },
    evidence: ["watchdog: BUG: soft lockup, again"],
  });
  const answer = report({ title: "kernel panic: NMI", evidence: ["Kernel panic: NMI"] });
  const asked: LaneHappening = { kind: "autopsy", how: "non-maskable interrupt" };
  // A report ends in silence only, or with the next one.
  const hang = [mark(), hello(), phase("probe"), deadline, asked, again];
  const answered = verdictOf(started, ...hang, answer, ended("stopped"));
  expect(answered.evidence).toContain("Kernel panic: NMI");
  expect(answered.evidence).not.toContain("watchdog: BUG: soft lockup, again");
  const silent = verdictOf(started, ...hang, ended("stopped"));
  expect(silent.evidence).toContain("watchdog: BUG: soft lockup, again");
});

test("what a panic left unanswered is counted", () => {
  const two = startedWith({ steps: plannedSteps([init, init]) });
  const died = [two, phase("load"), mark(), hello(), phase("probe"), reply, report()];
  expect(verdictOf(...died, ended("reset")).evidence[0]).toBe("results so far: 1 of 2 (partial)");
});

test("a run that was killed before it kept the console's last lines shows no heading for them", () => {
  expect(verdictOf(started, phase("load"))).toMatchObject({ verdict: "lost", evidence: [] });
});

test("nothing is guessed of a silent guest that was interrupted, perhaps as it waited for a debugger", () => {
  const silent: LaneHappening = { kind: "console-tail", lines: ["<no console output>"] };
  const seen = verdictOf(
    ...[started, phase("load"), { kind: "interrupted" } as const, silent, ended("stopped")],
  );
  expect(seen.evidence).toEqual(["the console's last lines:", "  <no console output>"]);
});

test("an unconfirmed panic is believed only with a second sign", () => {
  const doubted = report({ confidence: "suspected" });
  expect(verdictOf(...answered, doubted, ended("powered-off")).verdict).toBe("passed");
  expect(verdictOf(...answered, doubted, ended("reset")).verdict).toBe("panicked");
});

test("what a kernel says after the deadline answers our interrupt", () => {
  const nmi = report({ title: "panic: NMI" });
  const seen = verdictOf(started, phase("probe"), deadline, nmi, ended("reset"));
  expect(seen).toMatchObject({ verdict: "hung", title: "probe: 1.0 s of 1.0 s" });
  expect(seen.evidence[0]).toBe("panic: x");
});

test.each([
  ["linux", /died before its console driver/],
  ["freebsd", /firmware found nothing to boot/],
] as const)("a silent %s guest says so, and what that usually means", (guest, meaning) => {
  const silent: LaneHappening = { kind: "console-tail", lines: ["<no console output>"] };
  const begun = startedWith({ guest });
  const hung = verdictOf(
    begun,
    phase("load"),
    { ...deadline, consoleBytes: 0 },
    silent,
    ended("stopped"),
  );
  expect(hung.title).toBe("probe: 1.0 s of 1.0 s, with no console output at all");
  const reset = verdictOf(begun, phase("load"), silent, ended("reset"));
  expect(reset.title).toBe("the guest reset itself (it was reset), with no console output at all");
  for (const { evidence } of [hung, reset]) expect(evidence.join("\n")).toMatch(meaning);
});

test("where only the firmware has printed, the evidence says that no kernel has", () => {
  const tail: LaneHappening = {
    kind: "console-tail",
    lines: ["SeaBIOS", "Booting from Hard Disk..."],
  };
  const seen = verdictOf(started, phase("load"), deadline, tail, ended("stopped"));
  expect(seen.evidence.at(-1)).toMatch(/no kernel has printed its first line/);
});

test("a kernel in its debugger hangs", () => {
  const waits = mark({ class: "debugger", severity: "fatal", title: "waits at db>" });
  expect(verdictOf(started, phase("load"), waits, ended("stopped"))).toMatchObject({
    verdict: "hung",
    title: "load: waits at db>",
  });
});

test("a result from another kernel is none", () => {
  const other = hello("6.1.0-stock");
  expect(verdictOf(started, other, reply, end(), ended("powered-off"))).toMatchObject({
    verdict: "wrong-kernel",
    title: `the guest's kernel says release "6.1.0-stock", expected "6.1.0-TWQDEBUG"`,
  });
});

test("a program that says hello does not stand in for the agent", () => {
  const spoken = ownLine("hello", "ready", { release: "6.1.0-TWQDEBUG", run: "run-1" });
  const rest = [reply, end(), ended("powered-off")];
  expect(verdictOf(started, spoken, hello("6.1.0-stock"), ...rest).verdict).toBe("wrong-kernel");
  expect(verdictOf(started, spoken, ...rest)).toMatchObject({
    verdict: "incomplete",
    title: "the agent's first line is missing",
  });
});

const again = replyTo(1, "syscall", "errno", { errno: 22 });
test.each([
  [
    "a plan of another run",
    hello("6.1.0-TWQDEBUG", "run-0"),
    "the agent carried out the plan of another run",
  ],
  ["a second agent", hello(), "the agent was started twice"],
  ["a second reply to one step", again, "step 1, twq(INIT), was answered twice"],
  [
    "a reply to no step",
    replyTo(9, "syscall", "ok", { rc: 0 }),
    "a reply to step 9 came, which is not in the plan",
  ],
  ["an agent that gave up", end("deadline"), "the agent ended early: deadline"],
  [
    "an error of the agent",
    observed({ kind: "error", status: "no-memory" }),
    "the agent said no-memory",
  ],
])("%s makes a run incomplete", (_, extra, title) => {
  const seen = verdictOf(...answered, extra, ended("powered-off"));
  expect(seen.verdict).toBe("incomplete");
  expect([seen.title, ...seen.evidence]).toContain(title);
});

test("an agent whose time was over shows where the step's process was", () => {
  const stack: LaneHappening = {
    kind: "answer",
    from: "agent",
    question: "run /bin/sleep",
    lines: ["mi_switch+0xbc"],
    ended: "prompt",
  };
  expect(verdictOf(...answered, stack, end("deadline"), ended("powered-off")).evidence).toContain(
    "kernel stack of the step's process, run /bin/sleep:",
  );
});

test("another kernel than the one that was asked for shows which files the loader read", () => {
  const read = mark({ class: "loader", name: "loader-file", text: "Loading /boot/x.conf" });
  const took = mark({
    class: "loader",
    name: "loader-kernel",
    text: "Booting [/boot/kernel/kernel]...   ",
  });
  expect(
    verdictOf(started, read, took, mark(), hello("x"), end(), ended("powered-off")),
  ).toMatchObject({
    verdict: "wrong-kernel",
    evidence: ["the loader said:", "  Loading /boot/x.conf", "  Booting [/boot/kernel/kernel]..."],
  });
});

test("a gap in the frames makes a run incomplete, also when every step answered", () => {
  const gap: LaneHappening = { kind: "gap", reason: "frame 3 is missing" };
  expect(verdictOf(...answered, gap, ended("powered-off"))).toMatchObject({
    verdict: "incomplete",
    title: "frame 3 is missing",
  });
});

test("a failed step names step, expected and seen", () => {
  const wrong = replyTo(1, "syscall", "errno", { errno: 38 });
  expect(verdictOf(started, hello(), wrong, end(), ended("powered-off"))).toMatchObject({
    verdict: "failed",
    title: "1 of 1 step failed",
    evidence: ["twq(INIT): expected ENOTSUP, saw ENOSYS"],
  });
});

test("a machine that somebody else ended is lost, and an interrupt of ours is not", () => {
  expect(verdictOf(started, phase("load"), ended("vanished")).verdict).toBe("lost");
  expect(verdictOf(started, phase("load")).verdict).toBe("lost");
  expect(
    verdictOf(started, phase("load"), { kind: "interrupted" }, ended("stopped")),
  ).toMatchObject({
    verdict: "incomplete",
    title: "interrupted in phase load",
  });
});

test("any selection of events gets a verdict, and passed only with a clean end", () => {
  const pool = [
    ...answered,
    report(),
    mark(),
    ended("reset"),
    ended("stopped"),
    ended("powered-off"),
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(pool.slice(1)), (chosen) => {
      if (verdictOf(started, ...chosen).verdict !== "passed") return;
      expect(chosen).toEqual(expect.arrayContaining([hello(), reply, end()]));
      expect(
        chosen.some((one) => one.kind === "machine-ended" && one.end.how === "powered-off"),
      ).toBe(true);
      expect(chosen.some((one) => one.kind === "report")).toBe(false);
    }),
  );
});

test("refuses events that do not say what was asked for", () => {
  expect(() => verdictOf(hello(), end())).toThrow(/no events.jsonl of a run/);
});
