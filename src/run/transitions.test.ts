/**
 * A green is earned: every way in which a run could pass without having tested anything.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  barrier,
  batch,
  call,
  exec,
  exit,
  join,
  kill,
  marker,
  process,
  program,
  readFile,
  repeat,
  sleep,
  syscall,
  sysctl,
  thread,
  time,
  writeFile,
  type Step,
  type StepOptions,
} from "../protocol/steps.js";
import { judgedRun, reply } from "../../test/run-events.js";

const getpid = syscall({ name: "getpid()", nr: 39, expect: /^= \d+$/ });
const pid = reply(1, "syscall", "ok", { rc: 7 });

describe("a program", () => {
  const after = (options: StepOptions, status: string, data = {}) =>
    judgedRun([program("/bin/probe", [], options)], [reply(1, "program", status, data)]);

  test("has to exit with 0 unless its author says otherwise", () => {
    expect(after({}, "exited", { exit: 0 })).toMatchObject({
      verdict: "passed",
      title: "1 as expected",
    });
    expect(after({ expect: "exit 3" }, "exited", { exit: 3 }).verdict).toBe("passed");
    expect(after({ expect: { "*": "exit 3" } }, "exited", { exit: 3 }).verdict).toBe("passed");
  });

  test.each([
    ["is missing", "errno", { errno: 2 }, "ENOENT"],
    ["may not be executed", "errno", { errno: 13 }, "EACCES"],
    ["is for another machine", "errno", { errno: 8 }, "ENOEXEC"],
    ["exits with 3", "exited", { exit: 3 }, "exit 3"],
    ["is killed", "signal", { signal: 11 }, "SIGSEGV"],
    ["times out", "timed-out", {}, "timed out"],
    ["was refused", "refused", { reason: "x" }, "refused: x"],
    ["answers nothing that is known", "ok?", {}, "ok?"],
  ])("that %s is not as expected", (_, status, data, seen) => {
    expect(after({}, status, data)).toMatchObject({
      verdict: "failed",
      evidence: [expect.stringContaining(`expected exit 0, saw ${seen}`) as string],
    });
  });

  test("that could not be started meets no pattern, and its errno only where that is named", () => {
    const missing = [reply(1, "program", "errno", { errno: 2 })];
    for (const wanted of [/./, /^E/, "ok", "exit 0", 0]) {
      expect(judgedRun([program("/x", [], { expect: wanted })], missing).verdict).toBe("failed");
    }
    expect(judgedRun([program("/x", [], { expect: "ENOENT" })], missing).verdict).toBe("passed");
  });
});

/** Each kind of step, with what its reply is called and the expectation that it would have by its nature. */
const kinds: readonly (readonly [string, (options: StepOptions) => readonly Step[], number])[] = [
  ["syscall", (options) => [syscall({ nr: 39, ...options })], 1],
  ["batch", (options) => [batch([call({ nr: 39 })], options)], 1],
  ["batch", (options) => [repeat({ nr: 39, count: 5, ...options })], 1],
  ["time", (options) => [time({ nr: 39, count: 5, ...options })], 1],
  ["sysctl", (options) => [sysctl("kern.ident", options)], 1],
  ["read-file", (options) => [readFile("/proc/version", options)], 1],
  ["write-file", (options) => [writeFile("/tmp/x", "y", options)], 1],
  ["program", (options) => [program("/bin/probe", [], options)], 1],
  ["barrier", (options) => [barrier(0, 1, options)], 1],
  ["exec", (options) => [exec(options)], 1],
  ["exit", (options) => [process("p", [exit(0, options)])], 2],
  ["join", (options) => [join("t", options)], 1],
  ["kill", (options) => [kill("p", 9, options)], 1],
  ["sleep", (options) => [sleep(1, options)], 1],
  ["marker", (options) => [marker("here", options)], 1],
  ["syscall", (options) => [process("p", [thread("t", [syscall({ nr: 39, ...options })])])], 3],
];

describe.each(kinds)("a step that is answered as %s", (kind, steps, id) => {
  const ways = [
    ["timed-out", {}],
    ["refused", { reason: "ok" }],
    ["gone", { reason: "ok" }],
    ["lost", { reason: "ok" }],
    ["ok!", {}],
  ] as const;
  const before = [1, 2].filter((one) => one < id).map((one) => reply(one, "process", "ok"));

  test.each(ways)("and was %s is not as expected, whatever is expected", (status, data) => {
    const answer = reply(id, kind, status, data);
    const wanted = [/.*/, /ok/, "ok", 0, "timed out", "refused: ok", "gone: ok", "ENOENT"] as const;
    for (const one of [...wanted.map((expectation) => ({ expect: expectation })), {}]) {
      const { verdict, rows } = judgedRun(steps(one), [...before, answer]);
      expect([verdict, rows.at(-1)!.result]).toEqual(["failed", "unmet"]);
    }
  });

  test("and was answered by nothing makes the run incomplete", () => {
    const { verdict, rows } = judgedRun(steps({ expect: /.*/ }), before);
    expect([verdict, rows.at(-1)]).toMatchObject([
      "incomplete",
      { seen: "no reply", result: "unmet" },
    ]);
  });
});

test.each([
  ["read-file", (options: StepOptions) => readFile("/nowhere", options)],
  ["sysctl", (options: StepOptions) => sysctl("kern.nothing", options)],
  ["write-file", (options: StepOptions) => writeFile("/nowhere", "x", options)],
])("a %s that failed meets no pattern, and its errno where that is named", (kind, step) => {
  const failed = [reply(1, kind, "errno", { errno: 2 })];
  expect(judgedRun([step({ expect: /./ })], failed).verdict).toBe("failed");
  expect(judgedRun([step({ expect: ["EACCES", "ENOENT"] })], failed).verdict).toBe("passed");
});

test("a file that is read for the table shows its errno, and one that was to be written has to be written", () => {
  const failed = (kind: string) => [pid, reply(2, kind, "errno", { errno: 2 })];
  expect(judgedRun([getpid, readFile("/nowhere")], failed("read-file"))).toMatchObject({
    verdict: "passed",
    title: "1 as expected, 1 shown",
  });
  expect(judgedRun([getpid, writeFile("/nowhere", "x")], failed("write-file"))).toMatchObject({
    verdict: "failed",
    evidence: ["write /nowhere: expected to be carried out, saw ENOENT"],
  });
});

test("steps without an expectation are counted apart, and alone they test nothing", () => {
  const shown = syscall({ name: "getppid()", nr: 110 });
  const parent = (id: number) => reply(id, "syscall", "ok", { rc: 1 });
  expect(
    judgedRun([getpid, shown, sleep(1)], [pid, parent(2), reply(3, "sleep", "ok")]),
  ).toMatchObject({
    verdict: "passed",
    title: "1 as expected, 2 shown",
  });
  expect(judgedRun([shown], [parent(1)])).toMatchObject({
    verdict: "incomplete",
    title: "nothing was tested: 1 shown, and no step expects anything of TWQDEBUG",
  });
});

test("a lane without a step tests nothing", () => {
  expect(judgedRun([], [])).toMatchObject({
    verdict: "incomplete",
    title: "nothing was tested: the lane has no steps",
  });
});

test("a kernel of which only others' columns expect something is not tested", () => {
  const forStock = syscall({ name: "x", nr: 468, expect: { stock: "ENOSYS" } });
  const answers = [reply(1, "syscall", "errno", { errno: 38 })];
  expect(judgedRun([forStock], answers)).toMatchObject({
    verdict: "incomplete",
    rows: [{ seen: "ENOSYS", expected: "", result: "shown" }],
  });
  expect(judgedRun([forStock], answers, { kernel: "stock" }).verdict).toBe("passed");
});

test("a run passes only with an expectation that was met, and with every one of them", () => {
  const statuses = ["ok", "errno", "signal", "exited", "timed-out", "refused", "gone", "lost", ""];
  const expectation = fc.constantFrom(undefined, "ok", "ENOENT", /.*/, { stock: 0 }, { "*": 0 });
  const kind = fc.constantFrom(...kinds.filter(([, , id]) => id === 1));
  const data = { rc: 0, errno: 2, signal: 11, exit: 0, results: "0*5", value: "ok", content: "ok" };
  fc.assert(
    fc.property(
      fc.array(fc.tuple(kind, expectation, fc.constantFrom(...statuses)), { maxLength: 5 }),
      (chosen) => {
        const steps = chosen.flatMap(([[, build], wanted]) =>
          build(wanted === undefined ? {} : { expect: wanted }),
        );
        const answers = chosen.map(([[name], , status], index) =>
          reply(index + 1, name, status, data),
        );
        const { verdict, rows } = judgedRun(steps, answers);
        if (verdict !== "passed") return;
        expect(rows.some(({ result }) => result === "met")).toBe(true);
        expect(rows.every(({ result }) => result !== "unmet")).toBe(true);
        const isDone = (status: string): boolean =>
          ["ok", "errno", "signal", "exited"].includes(status);
        rows.forEach(({ result }, index) => {
          if (result === "met") expect(isDone(chosen[index]![2])).toBe(true);
        });
      },
    ),
  );
});
