import { expect, test } from "vitest";
import { nearestName } from "./nearest.js";

test("finds the name that was meant", () => {
  expect(nearestName("linx", ["twq", "linux"])).toBe("linux");
  expect(nearestName("ENOTSUPP", ["ENOSYS", "ENOTSUP", "EINVAL"])).toBe("ENOTSUP");
});

test("suggests nothing when nothing is near", () => {
  expect(nearestName("banana", ["twq", "linux"])).toBeUndefined();
});
