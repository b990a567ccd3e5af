/**
 * Whose frame a line with the frames' mark is: the agent's, or anybody's.
 */
import { expect, test } from "vitest";
import { encodeFrame } from "../console/framing.js";
import { openInterpreter, type Insight, type Interpreter } from "./interpreter.js";

const payload = (kind: string, data: object, status = "ok"): string =>
  JSON.stringify({ kind, status, data, meta: {} });
const hello = (run: string): string => encodeFrame(1, payload("hello", { run }, "ready"));
const ours = hello("run-1");
const end = (seq: number): string => encodeFrame(seq, payload("end", {}, "done"));

const bytes = (...lines: readonly string[]): Buffer =>
  Buffer.from(lines.map((line) => `${line}\r\n`).join(""));

const open = (): Interpreter => openInterpreter("linux", [], "run-1");

/** The observations' kinds and the gaps' reasons. */
function seenIn(insights: readonly Insight[]): readonly string[] {
  return insights.flatMap((insight) => {
    if (insight.type !== "happened") return [];
    if (insight.happening.kind === "observation") return [insight.happening.observation.kind];
    return insight.happening.kind === "gap" ? [insight.happening.reason] : [];
  });
}

/** Lines that look like frames, and are none of this run's agent. */
const strays = [
  "@kl ",
  "@kl 7 deadbeef {}",
  "about the magic word @kl 1 5727f3a1",
  hello("another-run"),
  encodeFrame(9, payload("end", {})),
  encodeFrame(2, payload("syscall", { step: 1, rc: 0 })),
  encodeFrame(1, "no json"),
];

test("on the console of a machine with a channel, what looks like a frame is a line", () => {
  const interpreter = open();
  const seen = [
    ...interpreter.console(bytes(...strays)),
    ...interpreter.channel(bytes(ours)),
    ...interpreter.console(bytes(...strays, ours, encodeFrame(1, payload("error", {})), end(2))),
    ...interpreter.channel(bytes(end(2))),
    ...interpreter.end(),
  ];
  expect(seenIn(seen)).toEqual(["hello", "end"]);
  const lines = seen.filter(({ type }) => type === "line");
  expect(lines).toHaveLength(2 * strays.length + 3);
});

test("where the console is the channel, frames begin with this run's first line, and strays are lines", () => {
  const interpreter = open();
  const interrupted = `[    1.0] x${encodeFrame(2, payload("marker", {}))}`;
  const seen = interpreter.console(
    bytes(...strays, ours, "@kl 7 deadbeef {}", ours, interrupted, end(3)),
  );
  expect(seenIn(seen)).toEqual(["hello", "marker", "end"]);
});

test("a frame that is lost on the console shows in the number of the next", () => {
  const broken = encodeFrame(2, payload("marker", {})).replace("marker", "mar[    1.0] oops\u001b");
  expect(seenIn(open().console(bytes(ours, broken, end(3))))).toEqual([
    "hello",
    "frame 2 is missing",
    "end",
  ]);
});

test("what is damaged or comes again on the channel itself is a gap", () => {
  const seen = open().channel(bytes(ours, "@kl 2 deadbeef {}", ours));
  expect(seenIn(seen)).toEqual([
    "hello",
    "the CRC of frame 2 does not match",
    "frame 1 came again",
  ]);
});

test("an agent without a plan says so on the console", () => {
  const noPlan = encodeFrame(1, payload("error", { reason: "no such file" }, "no-plan"));
  expect(seenIn(open().console(bytes(noPlan)))).toEqual(["error"]);
});

test("a JSON line of the user's own is taken from the console, also behind a stray mark", () => {
  const line = '{"kind":"zig-probe","status":"ok"}';
  expect(seenIn(open().console(bytes(line, `@kl ${line}`)))).toEqual(["zig-probe", "zig-probe"]);
});
