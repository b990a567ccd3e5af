import { describe, expect, test } from "vitest";
import type { GuestFamily } from "../base/family.js";
import {
  describeWanted,
  isMet,
  parseExpectation,
  columnOf,
  type ExpectationInput,
} from "./expectation.js";
import type { Outcome } from "./outcome.js";

const stockOrNot: ExpectationInput = { stock: ["SIGSYS", "ENOSYS"], TWQDEBUG: "ENOTSUP" };

/** What becomes of an expectation in a column where a step answered this. */
function check(
  input: ExpectationInput,
  text: string,
  column = "stock",
  family: GuestFamily = "linux",
  is: Outcome["is"] = "answer",
): "met" | "unmet" | "nothing" {
  const wanted = columnOf(parseExpectation(input, "step"), column);
  if (wanted === undefined) return "nothing";
  return isMet(wanted, { text, is }, family) ? "met" : "unmet";
}

describe("an expectation", () => {
  test("is met by any of its outcomes", () => {
    expect(check(stockOrNot, "ENOSYS")).toBe("met");
    expect(check(stockOrNot, "EINVAL", "TWQDEBUG", "freebsd")).toBe("unmet");
    const wanted = columnOf(parseExpectation({ stock: ["ENOSYS", /^= \d/] }, "step"), "stock")!;
    expect(describeWanted(wanted)).toBe("ENOSYS or /^= \\d/");
  });

  test("is not met by a step that was never answered, not even by a pattern that matches anything", () => {
    const anything = columnOf(parseExpectation(/.*/, "step"), "stock")!;
    expect(isMet(anything, undefined, "linux")).toBe(false);
    expect(check(/.*/, "timed out", "stock", "linux", "none")).toBe("unmet");
    expect(check("timed out", "timed out", "stock", "linux", "none")).toBe("unmet");
  });

  test("of a step that could not do what it is there for is met by its errno's name alone", () => {
    expect(check(/^E/, "ENOENT", "stock", "linux", "error")).toBe("unmet");
    expect(check("ENOENT", "ENOENT", "stock", "linux", "error")).toBe("met");
  });

  test("of another column expects nothing here, unless there is one for all the others", () => {
    expect(check(stockOrNot, "ok", "GENERIC")).toBe("nothing");
    expect(check({ stock: "ENOSYS", "*": 0 }, "ok", "GENERIC")).toBe("met");
    expect(check({ stock: "ENOSYS", "*": 0 }, "ok", "stock")).toBe("unmet");
  });

  test("takes numbers as return values", () => {
    expect(check(42, "= 42")).toBe("met");
    expect(check(0n, "ok")).toBe("met");
    expect(check(-3, "= -3")).toBe("met");
  });

  test("survives JSON with its patterns, and a global pattern does not remember", () => {
    const kept = parseExpectation(/^= \d+$/g, "step");
    const read = JSON.parse(JSON.stringify(kept)) as typeof kept;
    const wanted = columnOf(read, "stock")!;
    for (let again = 0; again < 2; again++) {
      expect(isMet(wanted, { text: "= 7", is: "answer" }, "linux")).toBe(true);
    }
  });

  test("knows that two names are one number", () => {
    expect(check("EOPNOTSUPP", "ENOTSUP", "stock", "freebsd")).toBe("met");
    expect(check("EWOULDBLOCK", "EAGAIN")).toBe("met");
  });

  test("with an errno or signal that no guest has is refused, with the nearest", () => {
    expect(() => parseExpectation("ENOTSUPP", "twq(INIT)")).toThrow(
      expect.objectContaining({ code: "unknown-outcome-name", hint: "did you mean ENOTSUP?" }),
    );
    expect(() => parseExpectation({ stock: ["SIGSYZ"] }, "twq(INIT)")).toThrow(/SIGSYZ/);
  });

  test("that names nothing is refused", () => {
    for (const empty of ["", [], {}, { stock: [] }]) {
      expect(() => parseExpectation(empty, "step")).toThrow(
        expect.objectContaining({ code: "empty-expectation" }),
      );
    }
  });
});

test("a sysctl that was written is ok, or what it was and is", () => {
  const written = { text: "200 → 50000", is: "answer", also: "ok" } as const;
  const isAsExpected = (wanted: ExpectationInput) =>
    isMet(columnOf(parseExpectation(wanted, "x"), "stock")!, written, "freebsd");
  expect(["ok", "200 → 50000", 0, /→ 50000$/].map(isAsExpected)).toEqual([true, true, true, true]);
  expect(["EPERM", "50000", /^ok$/].map(isAsExpected)).toEqual([false, false, false]);
});
