import { expect, test } from "vitest";
import { contradiction } from "./guest.js";

const wanted = {
  label: "TWQDEBUG",
  ident: "TWQDEBUG",
  version: "FreeBSD 15.0-STABLE TWQDEBUG",
  buildId: "2d42",
};
const said = { ident: "TWQDEBUG", version: "FreeBSD 15.0-STABLE TWQDEBUG\n", buildId: "2d42" };

test("a kernel that says what its file says is that kernel", () => {
  expect(contradiction(wanted, said)).toBeUndefined();
});

test("another build of one commit has the same names, and is told apart by its build id", () => {
  expect(contradiction(wanted, { ...said, buildId: "ffff" })).toBe(
    "the guest's kernel is another build: it says build id ffff, expected 2d42",
  );
});

test("a kernel that says no build id, or whose file has none, is known by its names", () => {
  const { ident, version } = said;
  expect(contradiction(wanted, { ident, version })).toBeUndefined();
  expect(contradiction({ label: "TWQDEBUG", ident }, said)).toBeUndefined();
  expect(contradiction(wanted, { ident: "GENERIC", version })).toContain('says ident "GENERIC"');
});
