import { expect, test } from "vitest";
import { openTransfer, progressText } from "./transfer.js";

const MIB = 1024 * 1024;

test("says how much came of how much, how fast, and how long it will be", () => {
  const progress = {
    doneBytes: 312 * MIB,
    totalBytes: 625 * MIB,
    bytesPerSecond: 11 * MIB,
    secondsLeft: 28,
  };
  expect(progressText("fetched", progress)).toBe(
    "fetched 312.0 MiB of 625.0 MiB (49 %), 11.0 MiB/s, 28.0 s left",
  );
});

test("promises nothing where the size is not known, and divides nothing by zero", () => {
  const progress = {
    doneBytes: 0,
    totalBytes: undefined,
    bytesPerSecond: 0,
    secondsLeft: undefined,
  };
  expect(progressText("read", progress)).toBe("read 0 bytes, 0 bytes/s");
  expect(progressText("read", { ...progress, totalBytes: 0 })).toContain("(100 %)");
});

/** As much of a stream as is written to here. */
function recorded(): { readonly stream: NodeJS.WriteStream; readonly text: () => string } {
  let text = "";
  const write = (piece: string): boolean => {
    text += piece;
    return true;
  };
  return {
    stream: { write, columns: 80, rows: 24 } as unknown as NodeJS.WriteStream,
    text: () => text,
  };
}

test("elsewhere than on a terminal tells of each happening, and not of every step", () => {
  const { stream, text } = recorded();
  const transfer = openTransfer(stream, false);
  transfer.event({ kind: "file", url: "http://host/x.xz", doneBytes: 2 * MIB });
  const step = { doneBytes: MIB, totalBytes: 4 * MIB, bytesPerSecond: MIB, secondsLeft: 3 };
  for (let count = 0; count < 100; count++) transfer.event({ kind: "progress", ...step });
  transfer.event({ kind: "started-again", lostBytes: MIB });
  transfer.event({ kind: "reconnecting", reason: "the connection broke" });
  transfer.done();
  expect(text().trimEnd().split("\n")).toEqual([
    "http://host/x.xz, of which 2.0 MiB are here",
    "the server began again; 1.0 MiB that were here are of no use",
    "the connection broke; trying again",
  ]);
});

test("on a terminal shows each step in place, and the happenings above it", () => {
  const { stream, text } = recorded();
  const transfer = openTransfer(stream, true);
  const step = { doneBytes: MIB, totalBytes: 4 * MIB, bytesPerSecond: MIB, secondsLeft: 3 };
  transfer.event({ kind: "rereading", ...step });
  transfer.event({ kind: "progress", ...step });
  transfer.event({ kind: "verified", sha256: "abc" });
  transfer.done();
  expect(text()).toContain("reread 1.0 MiB of 4.0 MiB (25 %)");
  expect(text()).toContain("fetched 1.0 MiB of 4.0 MiB (25 %)");
  expect(text()).toContain("its SHA-256 is right: abc\n");
});
