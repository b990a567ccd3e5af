import { expect, test } from "vitest";
import { differenceOf, keyOf } from "./ingredients.js";

const of = { hypervisor: "QEMU 7.2.22", kernel: "9701546c" };

test("the key does not depend on the order, and on nothing else but names and values", () => {
  expect(keyOf(of)).toMatch(/^[0-9a-f]{32}$/);
  expect(keyOf({ kernel: of.kernel, hypervisor: of.hypervisor })).toBe(keyOf(of));
  const others = [
    { ...of, kernel: "9701546d" },
    { ...of, hypervisor: "QEMU 7.2.23" },
    { hypervisor: of.hypervisor },
    { hypervisor: of.kernel, kernel: of.hypervisor },
    { ...of, agent: "" },
  ];
  expect(new Set([of, ...others].map(keyOf)).size).toBe(others.length + 1);
});

test("tells the first thing in which two differ", () => {
  expect(differenceOf(of, { ...of })).toBeUndefined();
  expect(differenceOf(of, { ...of, kernel: "12345678" })).toBe(
    "kernel: found 9701546c, expected 12345678",
  );
  expect(differenceOf(of, { ...of, agent: "a" })).toBe("agent: found none, expected a");
  expect(differenceOf({ ...of, modules: "m" }, of)).toBe("modules: found m, expected none");
});
