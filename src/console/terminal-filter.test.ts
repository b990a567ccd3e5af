import fc from "fast-check";
import { expect, test } from "vitest";
import { openTerminalFilter } from "./terminal-filter.js";

function filtered(text: string): string {
  return Buffer.from(openTerminalFilter().push(Buffer.from(text))).toString();
}

test.each([
  ["text and line ends", "login: root\r\nPassword:\t\b\u0007"],
  ["letters of all languages", "größer — 日本 🙂"],
  ["colours, cursor and erasing", "\x1b[1;31mred\x1b[0m\x1b[2J\x1b[10;20H\x1b[K\x1b[?25l\x1b[?7h"],
  ["scrolling and saved places", "\x1b[2;20r\x1b7\x1bM\x1b8\x1b[s\x1b[u"],
  ["line drawing", "\x1b(0lqk\x1b(B\x0e\x0f"],
  ["a question for the cursor's place, as resizewin(1) asks it", "\x1b[6n"],
])("passes %s", (_, text) => {
  expect(filtered(text)).toBe(text);
});

test.each([
  ["a title", "\x1b]0;owned\x07"],
  ["a title that ends in ST", "\x1b]2;owned\x1b\\"],
  ["the clipboard", "\x1b]52;c;aGk=\x07"],
  ["a device control string", "\x1bP$qm\x1b\\"],
  ["an application command, a privacy message, a string", "\x1b_x\x1b\\\x1b^x\x1b\\\x1bXx\x1b\\"],
  ["window operations, which can report a title as if it were typed", "\x1b[21t\x1b[8;1;1t"],
  ["mouse reports, pasting, the other screen", "\x1b[?1000h\x1b[?2004h\x1b[?1049h"],
  ["a mode hidden among harmless ones", "\x1b[?25;1049h"],
  ["a reset, printing, an unknown private sequence", "\x1bc\x1b[5i\x1b[>1u\x1b[!p"],
  ["the question for an answerback", "\x05"],
  ["C1 controls, bare and in UTF-8", "\u009d0;x\u009c\u009b2J"],
])("drops %s", (_, text) => {
  const rest = text.startsWith("\u009d") ? "0;x2J" : "";
  expect(filtered(`a${text}b`)).toBe(`a${rest}b`);
});

test("drops bytes that are no UTF-8", () => {
  const bytes = Uint8Array.from([0x61, 0x9d, 0xff, 0xc3, 0x62, 0xe2, 0x82, 0x63]);
  expect(Buffer.from(openTerminalFilter().push(bytes)).toString()).toBe("abc");
});

test("a string that never ends swallows no more than its line", () => {
  expect(filtered("\x1b]0;\npanic: now\n")).toBe("\npanic: now\n");
  expect(filtered(`\x1bP${"x".repeat(5000)} panic`)).toMatch(/^x* panic$/);
});

test("a sequence within a string ends it", () => {
  expect(filtered("\x1b]0;a\x1b[1mb")).toBe("\x1b[1mb");
});

const bytes = fc.uint8Array({ maxLength: 60 });
const tricky = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "\x1b",
        "\x1b]",
        "\x1b[",
        "\x1b\\",
        "\x07",
        "\x1bP",
        ";",
        "?",
        "0",
        "h",
        "m",
        "t",
        "\n",
      ),
      fc.string({ maxLength: 3, unit: "binary" }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => Uint8Array.from(Buffer.from(parts.join(""))));

test("whatever comes, only what is allowed leaves, and however it is cut", () => {
  fc.assert(
    fc.property(fc.oneof(bytes, tricky), fc.nat(60), (all, at) => {
      const whole = Buffer.from(openTerminalFilter().push(all)).toString("utf8");
      const filter = openTerminalFilter();
      const pieces = [filter.push(all.subarray(0, at)), filter.push(all.subarray(at))];
      expect(Buffer.concat(pieces).toString("utf8")).toBe(whole);
      const harmless = whole
        .replaceAll(/\x1b\[[\d;:]*[@A-MPSTXZ`a-gjmnrsu]/g, "")
        .replaceAll(/\x1b\[(\??(1|7|25|4|20)(;(1|7|25|4|20))*)[hl]/g, "")
        .replaceAll(/\x1b[()][0-~]|\x1b[78DEMH=>]/g, "");
      expect(harmless).not.toMatch(/[\x00-\x06\x10-\x1f\x7f\u0080-\u009f]/);
    }),
  );
});
