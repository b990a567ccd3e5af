import { describe, expect, test } from "vitest";
import { openGuestConsole } from "../live/guest/guest-console.js";
import { batchReply } from "../live/guest/many-replies.js";
import { stepReply, syscallReply } from "../live/guest/reply.js";
import type { Observation } from "../protocol/decode-reply.js";
import { matchFailure, matchSignal, matchSuccess } from "./match-reply.js";
import type { FailureContext } from "./failure-context.js";

function observed(status: string, data: Observation["data"], context = "main"): Observation {
  const name = "twq_kernreturn(INIT)";
  return {
    kind: "syscall",
    name,
    status,
    stepId: 7,
    data,
    meta: { context },
  } as unknown as Observation;
}

const replyOf = (...given: Parameters<typeof observed>) =>
  syscallReply(observed(...given), [], "linux");

const inLinux: FailureContext = { family: "linux", console: undefined, firstLine: 0 };
const nowhere: FailureContext = { family: undefined, console: undefined, firstLine: 0 };

function momentWith(before: readonly string[], during: readonly string[]): FailureContext {
  const { console, line } = openGuestConsole();
  [...before, ...during].forEach(line);
  return { family: "linux", console, firstLine: before.length };
}

describe("toSucceedWith", () => {
  test("takes any value, or the one that is given", () => {
    const reply = replyOf("ok", { rc: 42 });
    expect(matchSuccess(reply, undefined, inLinux).pass).toBe(true);
    expect(matchSuccess(reply, 42, inLinux).pass).toBe(true);
    expect(matchSuccess(reply, 42n, inLinux).pass).toBe(true);
    const { pass, message } = matchSuccess(reply, 1, inLinux);
    expect(pass).toBe(false);
    expect(message()).toBe("twq_kernreturn(INIT): expected to succeed with 1, saw = 42");
  });

  test("shows what came instead, with the number that the guest's family gives it", () => {
    const failed = replyOf("errno", { errno: 95 }, "worker/one");
    expect(matchSuccess(failed, undefined, inLinux).message()).toBe(
      "twq_kernreturn(INIT) in worker/one: expected to succeed, saw ENOTSUP (95)",
    );
    const killed = replyOf("signal", { signal: 31 });
    expect(matchSuccess(killed, 0, inLinux).message()).toBe(
      "twq_kernreturn(INIT): expected to succeed with 0, saw SIGSYS (31)",
    );
    expect(matchSuccess(replyOf("timed-out", {}), 0, inLinux).message()).toContain("saw timed out");
  });

  test("is met by a program or process that exits with 0, and by no other", () => {
    const exited = (exit: number) => stepReply(observed("exited", { exit }), "linux");
    expect(matchSuccess(exited(0), undefined, inLinux).pass).toBe(true);
    const { pass, message } = matchSuccess(exited(1), undefined, inLinux);
    expect(pass).toBe(false);
    expect(message()).toContain("saw exit 1");
  });

  test("looks at the calls of a batch", () => {
    const { results } = batchReply(observed("ok", { results: "0,e22" }), "linux");
    expect(matchSuccess(results[0], 0, inLinux).pass).toBe(true);
    const { pass, message } = matchSuccess(results[1], undefined, inLinux);
    expect(pass).toBe(false);
    expect(message()).toBe("a call of a batch: expected to succeed, saw EINVAL (22)");
    expect(matchFailure(results[1], "EINVAL", inLinux).pass).toBe(true);
    const other = batchReply(observed("ok", { results: "other" }), "linux").results[0];
    expect(matchSuccess(other, undefined, inLinux).pass).toBe(false);
  });
});

describe("toFailWith", () => {
  const failed = replyOf("errno", { errno: 95 });

  test("knows both names of one number", () => {
    expect(matchFailure(failed, "ENOTSUP", inLinux).pass).toBe(true);
    expect(matchFailure(failed, "EOPNOTSUPP", inLinux).pass).toBe(true);
    expect(matchFailure(failed, "EOPNOTSUPP", nowhere).pass).toBe(true);
  });

  test("shows expected and seen by name and number, and what it is not to be", () => {
    expect(matchFailure(failed, "EINVAL", inLinux).message()).toBe(
      "twq_kernreturn(INIT): expected to fail with EINVAL (22), saw ENOTSUP (95)",
    );
    expect(matchFailure(failed, "ENOTSUP", inLinux).message()).toBe(
      "twq_kernreturn(INIT): expected not to fail with ENOTSUP (95), saw ENOTSUP (95)",
    );
    expect(matchFailure(replyOf("ok", { rc: 0 }), "EINVAL", inLinux).message()).toContain(
      "saw = 0",
    );
  });

  test("numbers names as the guest's family does", () => {
    const inFreebsd: FailureContext = { ...inLinux, family: "freebsd" };
    const freebsd = syscallReply(observed("errno", { errno: 45 }), [], "freebsd");
    expect(matchFailure(freebsd, "EOPNOTSUPP", inFreebsd).pass).toBe(true);
    expect(matchFailure(freebsd, "EINVAL", inFreebsd).message()).toContain("saw ENOTSUP (45)");
  });

  test.each([
    ["ENOTSUPP", inLinux, "which Linux does not have; did you mean ENOTSUP?"],
    ["EL2NSYNC", { ...inLinux, family: "freebsd" }, "which FreeBSD does not have"],
    ["ENOTTSUP", nowhere, "which no guest has; did you mean ENOTSUP?"],
  ] as const)("refuses the name %s", (name, context, said) => {
    expect(() => matchFailure(failed, name, context)).toThrow(
      `found the errno name "${name}", ${said}`,
    );
  });

  test("shows what the console said during the test, controls made visible", () => {
    const context = momentWith(["Linux version 6"], ["twq: INIT\u001b[31m", "twq: refused"]);
    expect(matchFailure(failed, "EINVAL", context).message()).toBe(
      [
        "twq_kernreturn(INIT): expected to fail with EINVAL (22), saw ENOTSUP (95)",
        "",
        "the console during this test:",
        "  twq: INIT^[[31m",
        "  twq: refused",
      ].join("\n"),
    );
  });

  test("shows the console's last lines when it said nothing, and no more than twenty", () => {
    const before = Array.from({ length: 30 }, (_, at) => `line ${at}`);
    const quiet = matchFailure(failed, "EINVAL", momentWith(before, [])).message();
    expect(quiet).toContain("said nothing during this test; its last lines:\n  line 24\n");
    const loud = matchFailure(failed, "EINVAL", momentWith([], before)).message();
    expect(loud).toContain("during this test:\n  … 10 lines before these\n  line 10\n");
    expect(matchFailure(failed, "EINVAL", momentWith([], [])).message()).toContain(
      "the console has said nothing",
    );
  });
});

describe("toBeKilledBy", () => {
  test("takes the signal of a forked child, and shows what came instead", () => {
    const killed = replyOf("signal", { signal: 31 });
    expect(matchSignal(killed, "SIGSYS", inLinux).pass).toBe(true);
    const { pass, message } = matchSignal(replyOf("errno", { errno: 38 }), "SIGSYS", inLinux);
    expect(pass).toBe(false);
    expect(message()).toBe(
      "twq_kernreturn(INIT): expected to be killed by SIGSYS (31), saw ENOSYS (38)",
    );
  });

  test("refuses a name that the family does not have", () => {
    const killed = replyOf("signal", { signal: 31 });
    expect(() => matchSignal(killed, "SIGSIS", inLinux)).toThrow("did you mean SIGSYS?");
  });
});

test.each([
  [Promise.resolve(1), "a promise", "; await the call first"],
  [42, "a number", ""],
  [null, "null", ""],
])("a matcher of replies refuses %s", (received, found, more) => {
  expect(() => matchSuccess(received, undefined, inLinux)).toThrow(
    `toSucceedWith: found ${found}, expected the reply of a call of a guest${more}`,
  );
});
