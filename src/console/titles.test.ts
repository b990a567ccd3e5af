import { expect, test } from "vitest";
import { fillTitle } from "./titles.js";

test("leaves out what is in brackets when a value in it is missing", () => {
  expect(
    fillTitle("KASAN: $kind[ $access][ in $frame]", { kind: "use-after-free", access: "Read" }),
  ).toBe("KASAN: use-after-free Read");
});

test("takes addresses and free-standing numbers out, and leaves names alone", () => {
  const text = "bad state 17 of em0 at 0xfffffe0053f7d000, ffff888004b2c1a0, file.c:212, ino6";
  expect(fillTitle("panic: $text", { text })).toBe(
    "panic: bad state NUM of em0 at ADDR, ADDR, file.c:NUM, ino6",
  );
});

test("keeps a number that is a name", () => {
  expect(fillTitle("Fatal trap $=number", { number: "12" })).toBe("Fatal trap 12");
});

test("is bounded", () => {
  expect(fillTitle("$text", { text: "x".repeat(5000) })).toHaveLength(200);
});
