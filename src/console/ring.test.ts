import { expect, test } from "vitest";
import { noConsoleOutput, openContextRing } from "./ring.js";

test("keeps the last lines, oldest first", () => {
  const ring = openContextRing(100);
  ["a", "b", "c"].forEach((line) => ring.add(line));
  expect(ring.tail(2, "")).toEqual(["b", "c"]);
  expect(ring.tail(9, "login: ")).toEqual(["a", "b", "c", "login: "]);
  expect(ring.tail(1, "login: ")).toEqual(["login: "]);
});

test("keeps no more than its bound, but always the last line", () => {
  const ring = openContextRing(1000);
  for (let index = 0; index < 5000; index++) ring.add(`line ${index}`);
  const kept = ring.tail(5000, "");
  expect(kept.at(-1)).toBe("line 4999");
  expect(kept.join("\n").length).toBeLessThanOrEqual(1000);
  ring.add("x".repeat(5000));
  expect(ring.tail(9, "")).toEqual(["x".repeat(5000)]);
});

test("says so when nothing ever came", () => {
  expect(openContextRing(10).tail(5, "")).toEqual([noConsoleOutput]);
});
