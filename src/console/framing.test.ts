import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeFrame, encodeFrame, FrameReader, type FrameEvent } from "./framing.js";

const payloads = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((n) => String.fromCharCode(n)),
  maxLength: 60,
});

function readAll(lines: readonly string[]): readonly FrameEvent[] {
  const reader = new FrameReader();
  return lines.flatMap((line) => reader.read(line));
}

describe("a frame", () => {
  test("has the form and the checksum that the document works out", () => {
    expect(encodeFrame(1, '{"kind":"hello"}')).toBe('@kl 1 5727f3a1 {"kind":"hello"}');
  });

  test("comes back from its text, whatever stands before it in the line", () => {
    fc.assert(
      fc.property(fc.nat(), payloads, fc.string({ maxLength: 30 }), (seq, payload, lead) => {
        const found = decodeFrame(`${lead.replace(/[\r\n]/g, "")}${encodeFrame(seq, payload)}\r`);
        expect(found).toMatchObject({ seq, payload: payload });
      }),
    );
  });

  test("is found behind a line that holds the magic word in vain", () => {
    expect(decodeFrame(`@kl 7 garbage ${encodeFrame(2, "x")}`)).toMatchObject({ seq: 2 });
  });

  test("is refused when any one character of it is another", () => {
    const changes = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 99999 }),
        payloads,
        changes,
        (seq, payload, [at, by]) => {
          const line = encodeFrame(seq, payload);
          const index = at % line.length;
          const changed = String.fromCharCode(line.charCodeAt(index) ^ by);
          const found = decodeFrame(line.slice(0, index) + changed + line.slice(index + 1));
          expect(found === undefined || "reason" in found).toBe(true);
        },
      ),
    );
  });

  test("is refused when a kernel message stands in the middle of it or it was cut", () => {
    const line = encodeFrame(12, '{"kind":"syscall"}');
    expect(decodeFrame(`${line.slice(0, 20)}[ 1.2] oops ${line.slice(20)}`)).toHaveProperty(
      "reason",
    );
    expect(decodeFrame(line.slice(0, -1))).toHaveProperty("reason");
  });

  test("with a number of leading zeros is no frame", () => {
    expect(decodeFrame(encodeFrame(7, "x").replace("@kl 7", "@kl 07"))).toHaveProperty("reason");
  });
});

describe("FrameReader", () => {
  test("shows missing numbers as a gap before the frame that reveals it", () => {
    expect(readAll([encodeFrame(1, "a"), encodeFrame(4, "b")])).toEqual([
      { type: "frame", seq: 1, payload: "a", lead: "" },
      { type: "gap", from: 2, to: 3 },
      { type: "frame", seq: 4, payload: "b", lead: "" },
    ]);
  });

  test("never gives a payload twice", () => {
    const events = readAll([encodeFrame(1, "a"), encodeFrame(2, "b"), encodeFrame(1, "a")]);
    expect(events.map(({ type }) => type)).toEqual(["frame", "frame", "duplicate"]);
  });

  test("passes other lines on and reports damaged frames, cut to a bound", () => {
    const events = readAll(["login:", `@kl 1 00000000 ${"x".repeat(5000)}`]);
    expect(events[0]).toEqual({ type: "text", text: "login:" });
    expect(events[1]).toMatchObject({ type: "damaged" });
    expect(JSON.stringify(events[1]).length).toBeLessThan(400);
  });

  test("resumes where another reader stopped", () => {
    const reader = new FrameReader(41);
    expect(reader.read(encodeFrame(42, "x"))).toHaveLength(1);
    expect(reader.lastSeq).toBe(42);
  });

  test("accounts for every frame under random loss, damage and repetition", () => {
    const fates = fc.array(fc.constantFrom("whole", "lost", "damaged", "twice"), { maxLength: 40 });
    fc.assert(
      fc.property(fates, (fate) => {
        const lines = fate.flatMap((what, index) => {
          const line = encodeFrame(index + 1, `payload ${index + 1}`);
          if (what === "lost") return [];
          if (what === "damaged") return [line.replace("payload", "pay1oad")];
          return what === "twice" ? [line, line] : [line];
        });
        const events = readAll([...lines, encodeFrame(fate.length + 1, "end")]);
        const whole = events.flatMap((event) => (event.type === "frame" ? [event.seq] : []));
        const missing = events.flatMap((event) =>
          event.type === "gap"
            ? Array.from({ length: event.to - event.from + 1 }, (_, at) => event.from + at)
            : [],
        );
        const all = Array.from({ length: fate.length + 1 }, (_, at) => at + 1);
        expect([...whole, ...missing].sort((a, b) => a - b)).toEqual(all);
        expect(missing).toEqual(
          fate.flatMap((what, at) => (what === "lost" || what === "damaged" ? [at + 1] : [])),
        );
      }),
    );
  });
});
