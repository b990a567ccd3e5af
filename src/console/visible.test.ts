import fc from "fast-check";
import { expect, test } from "vitest";
import { visible } from "./visible.js";

test("shows control sequences instead of letting them act", () => {
  expect(visible("\u001b[31mred\u0007\n\u007f")).toBe("^[[31mred^G^J^?");
  expect(visible("\u009b31m")).toBe("<U+009B>31m");
});

test("shows what would reorder or hide text", () => {
  expect(visible("a\u202eb\u200bc\u2028d")).toBe("a<U+202E>b<U+200B>c<U+2028>d");
  expect(visible("\ud800")).toBe("<U+D800>");
});

test("makes tabs spaces up to the next multiple of eight", () => {
  expect(visible("ab\tc\t")).toBe("ab      c       ");
});

test("leaves ordinary text alone", () => {
  expect(visible("panic: grüße ✓ 漢字 🙂")).toBe("panic: grüße ✓ 漢字 🙂");
});

test("never emits a control character, whatever comes", () => {
  fc.assert(
    fc.property(
      fc
        .array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 40 })
        .map((codes) => String.fromCodePoint(...codes)),
      fc.uint8Array({ maxLength: 60 }),
      (text, bytes) => {
        const shown = visible(text + Buffer.from(bytes).toString("latin1"));
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      },
    ),
  );
});
