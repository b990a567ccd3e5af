import { expect, test } from "vitest";
import { isSameKey } from "./guest-pool.js";
import type { UseOptions } from "./use-options.js";

const step = (): string => "a step of the lane's";

function optionsWith(more: object = {}): UseOptions {
  const lane = {
    guest: "linux",
    size: 1n << 60n,
    allow: [/WARNING: .*/],
    seen: new Map([[1, "x"]]),
  };
  return { lane: { ...lane, ...more }, scope: "worker" } as unknown as UseOptions;
}
const same = (one: UseOptions, other: UseOptions): boolean =>
  isSameKey({ options: one }, { options: other });

test("files of a worker share a guest when they say the same, also in what JSON cannot say", () => {
  expect(same(optionsWith({ step }), optionsWith({ step }))).toBe(true);
  for (const other of [
    { size: 1n },
    { allow: [/WARNING: .+/] },
    { seen: new Map([[1, "y"]]) },
    { step: () => "another step" },
    { step: undefined },
  ]) {
    expect(same(optionsWith({ step }), optionsWith({ step, ...other }))).toBe(false);
  }
});

test("options that hold themselves are compared too", () => {
  const ring = (): object => {
    const one: Record<string, unknown> = {};
    return Object.assign(one, { one });
  };
  expect(same(optionsWith(ring()), optionsWith(ring()))).toBe(true);
});

test("who may run does not tell guests apart", () => {
  const gated = { ...optionsWith(), gate: () => undefined };
  expect(same(gated, optionsWith())).toBe(true);
});

test("the tests of a file share theirs with no other file", () => {
  const file = {};
  expect(isSameKey({ file }, { file })).toBe(true);
  expect(isSameKey({ file }, { file: {} })).toBe(false);
  expect(isSameKey({ file }, { options: optionsWith() })).toBe(false);
});
