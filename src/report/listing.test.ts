import { expect, test } from "vitest";
import { formatListing, type ListedName } from "./listing.js";

const kernel: ListedName = {
  name: "kernel",
  type: "file",
  mode: 0o100555,
  links: 1,
  uid: 0,
  gid: 5,
  sizeBytes: 8_282_376,
  modifiedSeconds: Date.UTC(2026, 10, 23, 11, 1) / 1000,
  target: undefined,
};

test("lists as ls -l does, links with what they point to", () => {
  const link: ListedName = {
    ...kernel,
    name: "link",
    type: "symlink",
    mode: 0o120755,
    sizeBytes: 6,
    target: "kernel",
  };
  expect(formatListing([kernel, link], true).split("\n")).toEqual([
    "-r-xr-xr-x  1  0:5  8282376  2026-11-23 11:01  kernel",
    "lrwxr-xr-x  1  0:5  6        2026-11-23 11:01  link -> kernel",
    "",
  ]);
});

test.each([
  [0o104755, "-rwsr-xr-x"],
  [0o102644, "-rw-r-Sr--"],
  [0o101777, "-rwxrwxrwt"],
  [0o107000, "---S--S--T"],
])("writes the mode %o as %s", (mode, text) => {
  expect(formatListing([{ ...kernel, mode }], true).split(" ")[0]).toBe(text);
});

test("shows a time that no calendar has, and marks directories", () => {
  expect(formatListing([{ ...kernel, modifiedSeconds: -1e300 }], true)).toContain("@-1e+300");
  expect(formatListing([{ ...kernel, name: "boot", type: "directory" }], false)).toBe("boot/\n");
});

test.each([true, false])("lets no control character of a name or target through", (long) => {
  const hostile = "\u001b]0;owned\u0007\n\u009b2J";
  const shown = formatListing([{ ...kernel, name: hostile, target: hostile }], long);
  expect(shown.slice(0, -1)).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
});
