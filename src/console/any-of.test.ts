import { expect, test } from "vitest";
import { anyOf } from "./any-of.js";

test("matches what one of the patterns matches, whatever names their groups have", () => {
  const any = anyOf([/^a(?<n>\d)$/, /^b(?<n>\d)(?<=\d)\(?<x>/]);
  expect(["a1", "b2(<x>", "b2<x>", "a", "b2"].map((text) => any.test(text))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
  expect(anyOf([]).test("")).toBe(false);
});
