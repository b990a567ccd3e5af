import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { requireSpace } from "./free-space.js";

const need = { folder: tmpdir(), neededBytes: 3 * 1024 ** 2, why: "for a dump", hint: "free some" };

test("a disk without the room is told of before anything is written", () => {
  expect(() => requireSpace(need, 1024 ** 2)).toThrow(
    /has 1.0 MiB free, expected at least 3.0 MiB for a dump/,
  );
  expect(() => requireSpace(need, 3 * 1024 ** 2)).not.toThrow();
});

test("the room of the folder's own disk counts", () => {
  expect(() => requireSpace({ ...need, neededBytes: 1 })).not.toThrow();
  expect(() => requireSpace({ ...need, neededBytes: 2 ** 60 })).toThrow(
    /expected at least 1048576.0 TiB/,
  );
});
