import { expect, test } from "vitest";
import { OVERCOMMIT, qos, qosClass } from "./abi.js";
import { parsePriority } from "./priority.js";

test.each(Object.keys(qos) as (keyof typeof qos)[])(
  "%s is one bucket by bit and by number",
  (name) => {
    const bucket = Object.keys(qosClass).indexOf(name);
    const parsed = { bucket, overcommits: false };
    expect(parsePriority(BigInt(qos[name]))).toEqual(parsed);
    expect(parsePriority(BigInt(qosClass[name]))).toEqual(parsed);
    expect(parsePriority(BigInt(qosClass[name] + 0xff + OVERCOMMIT))).toEqual({
      bucket,
      overcommits: true,
    });
  },
);

test("no class is the default one", () => {
  expect(parsePriority(0n)).toEqual({ bucket: 3, overcommits: false });
  expect(parsePriority(BigInt(OVERCOMMIT + 0x80))).toEqual({ bucket: 3, overcommits: true });
});

test.each([
  0x0300n,
  0x0600n,
  0x2200n,
  0x4000n,
  0x1_0100n,
  0x100_0100n,
  0x4000_0100n,
  0x1_0000_0100n,
  2n ** 63n + 0x0100n,
  2n ** 64n - 1n,
])("%s is no priority", (priority) => {
  expect(parsePriority(priority)).toBeUndefined();
});
