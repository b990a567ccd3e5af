import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LineEvent } from "./events.js";
import { openLineAssembler } from "./lines.js";

interface Seen {
  readonly lines: readonly LineEvent[];
  readonly prompts: readonly string[];
  readonly partial: string;
}

function read(chunks: readonly (string | Uint8Array)[], end = false): Seen {
  const assembler = openLineAssembler();
  const lines: LineEvent[] = [];
  const prompts: string[] = [];
  const sink = {
    line: (line: LineEvent) => lines.push(line),
    prompt: (text: string) => prompts.push(text),
  };
  for (const chunk of chunks) {
    assembler.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk, sink);
  }
  const partial = assembler.partial();
  if (end) assembler.end(sink);
  return { lines, prompts, partial };
}

function texts(input: string): readonly string[] {
  return read([input], true).lines.map((line) => line.text);
}

describe("lines", () => {
  test("end at a line feed, with or without carriage returns before it", () => {
    expect(texts("a\r\nb\nc\r\r\n")).toEqual(["a", "b", "c"]);
  });

  test("carry the offsets of their bytes in the raw stream", () => {
    const { lines } = read(["\u001b[1mab\r\n\u2713\n", "c"], true);
    expect(lines.map((line) => [line.startOffsetBytes, line.endOffsetBytes])).toEqual([
      [0, 8],
      [8, 12],
      [12, 13],
    ]);
  });

  test("lose the loader's spinner", () => {
    expect(
      texts("\\\b|\b/\b-\b\\\bFailed to load kernel 'X'\r\n-\b\bcan't load 'kernel'\r\n"),
    ).toEqual(["Failed to load kernel 'X'", "can't load 'kernel'"]);
  });

  test("are overprinted from where the cursor stands", () => {
    expect(texts(" 5%\r10%\r\n")).toEqual(["10%"]);
    expect(texts("long text\r\u001b[Kshort\n")).toEqual(["short"]);
    expect(texts("a\u001b[5Cb\u001b[2Dc\u001b[1Gd\n")).toEqual(["d    cb"]);
  });

  test("keep nothing of what was begun over from the line's start", () => {
    expect(
      texts("kernlane: step 1 run /sbin/ddb\r\rpanic: kdb_sysctl_panic\r\ncpuid = 0\r\n"),
    ).toEqual(["panic: kdb_sysctl_panic", "cpuid = 0"]);
    expect(texts("pid 1 (init) was killed\rpanic: \u2713\r\n")).toEqual(["panic: \u2713"]);
    expect(texts("\u2713 all tests passed\r\u2717 one\r\n")).toEqual(["\u2717 one"]);
  });

  test("stay whole where a cursor goes over them again without a change", () => {
    expect(texts("# ls -l /boot\r# ls\r\n")).toEqual(["# ls -l /boot"]);
  });

  test("end where the cursor is sent elsewhere", () => {
    const { lines } = read([
      "\u001b[9;13H Welcome \u001b[11;5H1. \u001b[1mB\u001b[22moot\u001b[2J",
    ]);
    expect(lines.map((line) => [line.text, line.ending])).toEqual([
      [" Welcome ", "cursor"],
      ["1. Boot", "cursor"],
    ]);
  });

  test("have no colours, titles, character sets or questions to the terminal", () => {
    expect(
      texts(
        "\u001b]0;title\u0007a\u001b[0;32mb\u001b[m\u001b(Bc\u001b7\u001b[r\u001b[6n\u001b8d\u001bP1q\u001b\\e\n",
      ),
    ).toEqual(["abcde"]);
  });

  test("are not swallowed by an escape sequence that never ends", () => {
    expect(texts("\u001b]0;title\npanic: x\n\u001b[1;2\nnext\n")).toEqual([
      "",
      "panic: x",
      "",
      "next",
    ]);
    expect(texts(`\u001b[${"1;".repeat(100)}mtext\n`)[0]).toContain("mtext");
  });

  test("show bytes that are no UTF-8 as U+FFFD, and drop controls", () => {
    const bytes = Uint8Array.of(
      0x61,
      0xff,
      0xc3,
      0x28,
      0xe2,
      0x82,
      0x00,
      0x07,
      0x62,
      0xed,
      0xa0,
      0x80,
      0x0a,
    );
    expect(read([bytes]).lines[0]?.text).toBe("a\ufffd\ufffd(\ufffdb\ufffd\ufffd\ufffd");
  });

  test("that are too long are cut, marked and go on", () => {
    const { lines } = read(["x".repeat(20000) + "\n"]);
    expect(lines.map((line) => [line.text.length, line.ending, line.continues])).toEqual([
      [8192, "cut", false],
      [8192, "cut", true],
      [3616, "newline", true],
    ]);
  });

  test("that are unfinished are seen as a prompt at once, and only then", () => {
    expect(read(["vm login: "])).toMatchObject({ prompts: ["vm login: "], partial: "vm login: " });
    expect(read(["db> bt\r\nOK "]).prompts).toEqual(["db> ", "OK "]);
    expect(read(["no prompt here "]).prompts).toEqual([]);
  });

  test("decode as TextDecoder does, where there are no controls", () => {
    const printable = fc
      .array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 40 })
      .map((codes) => String.fromCodePoint(...codes))
      .map((text) => text.replace(/\p{Cc}|\p{Cs}/gu, ""));
    fc.assert(
      fc.property(printable, (text) => {
        expect(texts(text + "\n")).toEqual([text]);
      }),
      { numRuns: 60 },
    );
    const bytes = fc
      .uint8Array({ maxLength: 40 })
      .map((some) => some.map((byte) => (byte < 0x20 || byte === 0x7f ? 0x41 : byte)));
    fc.assert(
      fc.property(bytes, (some) => {
        const expected = new TextDecoder("utf-8", { ignoreBOM: true })
          .decode(some)
          .replace(/[\u0080-\u009f]/g, "\ufffd");
        expect(
          read([some], true)
            .lines.map((line) => line.text)
            .join(""),
        ).toBe(expected);
      }),
      { numRuns: 100 },
    );
  });

  test("cover the stream without gap or overlap, and hold no control but tab", () => {
    fc.assert(
      fc.property(hostileBytes, (bytes) => {
        let offset = 0;
        for (const line of read([bytes], true).lines) {
          expect(line.startOffsetBytes).toBeGreaterThanOrEqual(offset);
          expect(line.endOffsetBytes).toBeGreaterThan(line.startOffsetBytes);
          expect(line.text).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/);
          offset = line.endOffsetBytes;
        }
        expect(offset).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 60 },
    );
  });
});

/** Bytes rich in what the assembler treats specially. */
const hostileBytes = fc
  .array(
    fc.oneof(
      fc
        .constantFrom(
          "\u001b[",
          "\u001b]",
          "\u001b",
          "\r",
          "\n",
          "\b",
          "\t",
          "\0",
          "H",
          "K",
          ";9",
          "panic: ",
          "\u2713",
          "db> ",
        )
        .map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 8 }),
    ),
    { maxLength: 80 },
  )
  .map((pieces) => Uint8Array.from(Buffer.concat(pieces)));
