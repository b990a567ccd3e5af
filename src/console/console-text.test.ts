import fc from "fast-check";
import { expect, test } from "vitest";
import { openConsoleText } from "./console-text.js";

function shown(...chunks: readonly (string | Uint8Array)[]): readonly string[] {
  const text = openConsoleText();
  return [...chunks.map((chunk) => text.push(Buffer.from(chunk as string))), text.end()];
}

test("shows what came at once, with line feeds and without carriage returns", () => {
  expect(shown("login: ", "root\r\n")).toEqual(["login: ", "root\n", ""]);
});

test("leaves escape sequences out, wherever they are cut", () => {
  const menu = "\x1b[2J\x1b[1;1HBoot\x1b[0m\x1b(B menu";
  expect(shown(menu).join("")).toBe("Boot menu");
  for (let at = 1; at < menu.length; at++) {
    expect(shown(menu.slice(0, at), menu.slice(at)).join("")).toBe("Boot menu");
  }
});

test("shows a character when all of its bytes are there", () => {
  const bytes = Buffer.from("é€");
  expect(shown(bytes.subarray(0, 1), bytes.subarray(1, 4), bytes.subarray(4))).toEqual([
    "",
    "é",
    "€",
    "",
  ]);
});

test("a spinner leaves nothing, as on a terminal, wherever it is cut", () => {
  const loading = "Loading kernel...\\\b|\b/\b-\b\\\b|\bdone - 1/2\n";
  for (let at = 0; at <= loading.length; at++) {
    expect(shown(loading.slice(0, at), loading.slice(at)).join("")).toBe(
      "Loading kernel...done - 1/2\n",
    );
  }
});

test("makes other control characters visible", () => {
  expect(shown("a\x07b\x00c\x7f").join("")).toBe("a^Gb^@c^?");
  expect(shown("\x1b]0;owned\x07").join("")).toBe("0;owned^G");
});

test("what never becomes a sequence or a character is shown in the end", () => {
  expect(shown("x\x1b[1").join("")).toMatch(/^x.*1$/);
  expect(shown(Uint8Array.of(0x41, 0xe2, 0x82)).join("")).toBe("A\ufffd");
});

test("a sequence that does not end holds nothing back for long", () => {
  const [first] = shown(`\x1b[${"1".repeat(200)}`);
  expect(first).toContain("1".repeat(100));
});

test("tabs go to the next stop, wherever the line was cut", () => {
  expect(shown("\nab\tc\td").join("")).toBe("\nab      c       d");
  expect(shown("\na", "b", "\tc", "\t", "d").join("")).toBe("\nab      c       d");
});

test("a sequence that is too long to be one is shown however it was cut", () => {
  const long = `\x1b[${"1".repeat(90)}mred`;
  const whole = shown(long).join("");
  expect(whole).toContain("1".repeat(90));
  for (const at of [1, 2, 30, 50, 92, 93]) {
    expect(shown(long.slice(0, at), long.slice(at)).join("")).toBe(whole);
  }
});

const anyChunk = fc.oneof(
  fc.constantFrom(
    "\x1b",
    "\x1b[",
    "\x1b[1;31m",
    "\x1b(",
    "\x1b[?",
    "0".repeat(70),
    " ".repeat(30),
    "m",
    "\r",
    "\n",
    "€",
    "\u009b",
    "x",
    "\t",
    "\b",
    "|\b/\b",
    "|",
  ),
  fc.uint8Array({ maxLength: 6 }),
);

test("how the bytes are cut does not change the text, which has no control character but the line feed", () => {
  fc.assert(
    fc.property(
      fc.array(anyChunk, { maxLength: 12 }),
      fc.array(fc.nat(400), { maxLength: 6 }),
      (parts, cuts) => {
        const bytes = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
        const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort(
          (a, b) => a - b,
        );
        const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        const whole = shown(bytes).join("");
        expect(shown(...chunks).join("")).toBe(whole);

        expect(whole).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
      },
    ),
  );
});
