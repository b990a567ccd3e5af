import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LaneError } from "../../base/errors.js";
import { checkSlotName } from "./slot-name.js";

describe("checkSlotName", () => {
  it.each(["TWQDEBUG", "kernel.GENERIC", "a", "my-kernel_2", "15.0"])("takes %s", (name) => {
    expect(checkSlotName(name)).toBe(name);
  });

  it.each([
    ...["kernel", "Kernel", "kernel.old", "modules", "loader", "loader.conf.d", "LOADER", "lua"],
    ...["defaults", "dtb", "efi", "firmware", "fonts", "images", "zfs", "uboot", "entropy"],
  ])("refuses %s, which the base system keeps under /boot", (name) => {
    expect(() => checkSlotName(name)).toThrow(
      expect.objectContaining({ code: "slot-name-reserved", who: "usage" }),
    );
  });

  it.each([
    ...["", ".", "..", "../x", "a/b", "a..b", ".hidden", "-o", "a;b", 'a"b', "a b", "a\n", "é"],
    "x".repeat(65),
  ])("refuses %j, which no loader file or path could hold safely", (name) => {
    expect(() => checkSlotName(name)).toThrow(
      expect.objectContaining({ code: "slot-name-invalid", who: "usage" }),
    );
  });

  it("never takes a name that leads out of /boot or out of its quotes", () => {
    const characters = fc.constantFrom(
      "a",
      "Z",
      "9",
      "_",
      "-",
      ".",
      ";",
      "/",
      '"',
      "\\",
      "\n",
      " ",
      "$",
      "é",
    );
    let taken = 0;
    fc.assert(
      fc.property(fc.string({ unit: characters, minLength: 1, maxLength: 6 }), (name) => {
        try {
          checkSlotName(name);
          taken++;
        } catch (error) {
          expect(error).toBeInstanceOf(LaneError);
          return;
        }
        expect(name).toMatch(/^[\w.-]+$/);
        expect(name).not.toContain("..");
      }),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(0);
  });
});
