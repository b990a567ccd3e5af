import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { amountOf, evaluate, formatAmount, holds, parseAmount, type Amount } from "./amount.js";
import { parseFormula, parseRelation } from "./formula.js";

const values: Readonly<Record<string, bigint>> = { a: 7n, b: 2n, "a[3]": 40n, "x(y)": 5n };

function resolve(name: string, of: string | undefined): Amount | string {
  const value = values[name];
  if (value === undefined) return `no counter ${name}`;
  return amountOf(of === "value" ? value * 100n : value);
}

const calculated = (text: string): string => {
  const amount = evaluate(parseFormula(text, "here"), resolve);
  return typeof amount === "string" ? amount : formatAmount(amount);
};

test.each([
  ["1 + 2 * 3", "7"],
  ["(1 + 2) × 3", "9"],
  ["1 − 2 - 3", "-4"],
  ["-a + b", "-5"],
  ["1.5 × b + 1", "4"],
  ["0.1 + 0.2", "0.3"],
  ["-0.05 * 3", "-0.15"],
  ["a[3]-a", "33"],
  ["`x(y)` * 2", "10"],
  ["value(a) - a", "693"],
  ["a - c", "no counter c"],
])("%s is %s", (text, result) => {
  expect(calculated(text)).toBe(result);
});

describe("a relation", () => {
  test.each([
    ["+2", { compare: "=", right: { number: "2" } }],
    ["2", { compare: "=", right: { number: "2" } }],
    ["= 0", { compare: "=", right: { number: "0" } }],
    [">= 1", { compare: ">=", right: { number: "1" } }],
    ["a == b", { left: { name: "a" }, compare: "==", right: { name: "b" } }],
    ["a ≥ b", { left: { name: "a" }, compare: ">=", right: { name: "b" } }],
    ["≤\t1", { compare: "<=", right: { number: "1" } }],
    ["≠\n1", { compare: "!=", right: { number: "1" } }],
    ["a<b", { left: { name: "a" }, compare: "<", right: { name: "b" } }],
  ])("%s is parsed", (text, parsed) => {
    expect(parseRelation(text, "here")).toMatchObject(parsed);
  });

  test.each([
    ["", "the end at character 1", "a relation"],
    [">=", "the end at character 3", "a number or a name"],
    ["= 1 2", '"2" at character 5', "an operator or the end"],
    ["a ~ b", '"~ b" at character 3', "an operator, one of"],
    ["(a == b", '"== b" at character 4', "a closing parenthesis"],
    ["a == b == c", '"== c" at character 8', "an operator or the end"],
    [">= 1x", '"1x" at character 4', "a number or a name"],
    [">= `a", '"`a" at character 4', "a number or a name"],
  ])("%j is refused with its place", (text, found, expected) => {
    const place = text === "" ? found : `${found} of ${JSON.stringify(text)}`;
    expect(() => parseRelation(text, "counters x: a")).toThrow(
      expect.objectContaining({
        code: "formula-invalid",
        message: expect.stringMatching(/^counters x: a: found /) as string,
      }) as Error,
    );
    expect(() => parseRelation(text, "w")).toThrow(place);
    expect(() => parseRelation(text, "w")).toThrow(`expected ${expected}`);
  });
});

test("numbers are exact, however large", () => {
  const number = fc.tuple(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), fc.nat(99));
  const text = ([whole, cents]: readonly [bigint, number]): string =>
    `${whole}.${String(cents).padStart(2, "0")}`;
  fc.assert(
    fc.property(number, number, (one, other) => {
      const [a, b] = [parseAmount(text(one))!, parseAmount(text(other))!];
      const cents = ([whole, part]: readonly [bigint, number]): bigint =>
        whole * 100n + (text([whole, part]).startsWith("-") ? -1n : 1n) * BigInt(part);
      expect(holds(a, "<", b)).toBe(cents(one) < cents(other));
      expect(holds(a, ">=", b)).toBe(cents(one) >= cents(other));
      expect(holds(a, "=", b)).toBe(cents(one) === cents(other));
      expect(holds(parseAmount(formatAmount(a))!, "==", a)).toBe(true);
    }),
  );
});
