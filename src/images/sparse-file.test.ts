import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createSparseFile } from "./sparse-file.js";
import { tempFolder } from "../../test/temp-folder.js";

const path = join(tempFolder("sparse"), "file");

test("holds the same bytes however they are cut into chunks", () => {
  const run = fc.record({ value: fc.nat(2), length: fc.nat(10_000) });
  fc.assert(
    fc.property(
      fc.array(run, { maxLength: 8 }),
      fc.integer({ min: 1, max: 9000 }),
      (runs, step) => {
        const bytes = Buffer.concat(runs.map(({ value, length }) => Buffer.alloc(length, value)));
        using file = createSparseFile(path);
        for (let at = 0; at < bytes.length; at += step) file.write(bytes.subarray(at, at + step));
        const sha256 = createHash("sha256").update(bytes).digest("hex");
        expect(file.finish()).toEqual({ sizeBytes: bytes.length, sha256 });
        expect(readFileSync(path).equals(bytes)).toBe(true);
      },
    ),
    { numRuns: 50 },
  );
});

test("takes no space for zeros", () => {
  using file = createSparseFile(path);
  for (let chunk = 0; chunk < 64; chunk++) file.write(new Uint8Array(1024 * 1024));
  file.finish();
  expect(statSync(path).size).toBe(64 * 1024 * 1024);
  expect(statSync(path).blocks * 512).toBeLessThan(1024 * 1024);
});
