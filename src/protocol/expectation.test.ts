import { describe, expect, test } from "vitest";
import { checkExpectation, describeExpectation, parseExpectation } from "./expectation.js";

const stockOrNot = parseExpectation({ stock: ["SIGSYS", "ENOSYS"], TWQDEBUG: "ENOTSUP" }, "step");

describe("an expectation", () => {
  test("is met by any of its outcomes, and says what was expected and seen", () => {
    expect(checkExpectation(stockOrNot, "ENOSYS", "stock", "freebsd")).toEqual({
      verdict: "met",
      expected: "SIGSYS or ENOSYS",
      seen: "ENOSYS",
    });
    expect(checkExpectation(stockOrNot, "EINVAL", "TWQDEBUG", "freebsd")).toEqual({
      verdict: "unmet",
      expected: "ENOTSUP",
      seen: "EINVAL",
    });
  });

  test("is not met by a step that was never answered, not even by a pattern that matches anything", () => {
    const anything = parseExpectation(/.*/, "step");
    expect(checkExpectation(anything, undefined, "stock", "linux")).toMatchObject({
      verdict: "unmet",
    });
    expect(
      checkExpectation(parseExpectation("no reply", "step"), undefined, "x", "linux").verdict,
    ).toBe("unmet");
  });

  test("of another column expects nothing here, unless there is one for all the others", () => {
    expect(checkExpectation(stockOrNot, "ok", "GENERIC", "linux").verdict).toBe("none");
    const other = parseExpectation({ stock: "ENOSYS", "*": 0 }, "step");
    expect(checkExpectation(other, "ok", "GENERIC", "linux").verdict).toBe("met");
    expect(describeExpectation(other, "stock")).toBe("ENOSYS");
  });

  test("takes numbers as return values", () => {
    expect(checkExpectation(parseExpectation(42, "step"), "= 42", "*", "linux").verdict).toBe(
      "met",
    );
    expect(checkExpectation(parseExpectation(0n, "step"), "ok", "*", "linux").verdict).toBe("met");
    expect(checkExpectation(parseExpectation(-3, "step"), "= -3", "*", "linux").verdict).toBe(
      "met",
    );
  });

  test("survives JSON with its patterns, and a global pattern does not remember", () => {
    const kept = parseExpectation(/^= \d+$/g, "step");
    const read = JSON.parse(JSON.stringify(kept)) as typeof kept;
    for (let again = 0; again < 2; again++) {
      expect(checkExpectation(read, "= 7", "*", "linux").verdict).toBe("met");
    }
  });

  test("knows that two names are one number", () => {
    const alias = parseExpectation("EOPNOTSUPP", "step");
    expect(checkExpectation(alias, "ENOTSUP", "*", "freebsd").verdict).toBe("met");
    expect(
      checkExpectation(parseExpectation("EWOULDBLOCK", "x"), "EAGAIN", "*", "linux").verdict,
    ).toBe("met");
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
