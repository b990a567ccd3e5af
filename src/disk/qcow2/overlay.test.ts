import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testByteSourceContract } from "../../../test/contracts/byte-source-contract.js";
import { memorySource, type ByteSource } from "../../binary/byte-source.js";
import { editDisk, type Edit } from "../edits.js";
import { readQcow2Header } from "./header.js";
import { encodeOverlay, writeOverlay, type Overlay } from "./overlay.js";
import { qcow2Disk } from "./qcow2-disk.js";
import { tempFolder } from "../../../test/temp-folder.js";

const BACKING = { path: "/images/base.raw", format: "raw" } as const;
const CLUSTER = 65_536;

function assemble(plan: Overlay): Uint8Array {
  const file = new Uint8Array(plan.sizeBytes);
  for (const { offsetBytes, bytes } of plan.writes()) file.set(bytes, offsetBytes);
  return file;
}

function readBack(plan: Overlay, base: ByteSource): ByteSource {
  const file = memorySource(assemble(plan), "overlay");
  return qcow2Disk(file, readQcow2Header(file), base);
}

describe("an overlay, read", () => {
  testByteSourceContract((bytes) => {
    const base = memorySource(bytes.map((byte, index) => (index < 3000 ? 0 : byte)));
    const edit = { offsetBytes: 0, bytes: bytes.slice(0, 3000) };
    const file = memorySource(assemble(encodeOverlay(base, BACKING, [edit])));
    return qcow2Disk(file, { ...readQcow2Header(file), sizeBytes: bytes.length }, base);
  });
});

test("reads as the base with the edits laid over it, for any edits", () => {
  const sizeBytes = 5 * CLUSTER + 512;
  const base = memorySource(Uint8Array.from({ length: sizeBytes }, (_, index) => index % 253));
  const edit = fc.record({
    offsetBytes: fc.nat(sizeBytes - 1),
    length: fc.nat(2 * CLUSTER),
    value: fc.nat(3),
  });
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 6 }), (made) => {
      const edits: Edit[] = made.map(({ offsetBytes, length, value }) => ({
        offsetBytes,
        bytes: new Uint8Array(Math.min(length, sizeBytes - offsetBytes)).fill(value),
      }));
      const overlay = readBack(encodeOverlay(base, BACKING, edits), base);
      const expected = editDisk(base, edits).read(0, sizeBytes);
      expect(Buffer.compare(overlay.read(0, sizeBytes), expected)).toBe(0);
    }),
    { numRuns: 40 },
  );
});

test("costs the edits, not the disk", () => {
  const base: ByteSource = {
    name: "huge",
    sizeBytes: 2 ** 40,
    read: (_offset, length) => new Uint8Array(length).fill(7),
  };
  const edits = [0, 2 ** 39, 2 ** 40 - 1].map((offsetBytes) => ({
    offsetBytes,
    bytes: Uint8Array.of(1),
  }));
  const plan = encodeOverlay(base, BACKING, edits);
  // Header, refcount table and block, L1, three L2 tables, three clusters.
  expect(plan.sizeBytes).toBe(10 * CLUSTER);
  const overlay = readBack(plan, base);
  expect(overlay.read(2 ** 40 - 2, 2)).toEqual(Uint8Array.of(7, 1));
  expect(overlay.read(2 ** 39 - 1, 3)).toEqual(Uint8Array.of(7, 1, 7));
});

test("keeps no data for a cluster that became zeros", () => {
  const base = memorySource(new Uint8Array(4 * CLUSTER).fill(1));
  const zeros = { offsetBytes: CLUSTER, bytes: new Uint8Array(2 * CLUSTER) };
  const plan = encodeOverlay(base, BACKING, [zeros]);
  expect(plan.sizeBytes).toBe(5 * CLUSTER);
  expect(readBack(plan, base).read(CLUSTER - 1, 3)).toEqual(Uint8Array.of(1, 0, 0));
});

test("counts every cluster of the file, beyond one refcount block", () => {
  const bytes = Uint8Array.of(1);
  const shared = new Uint8Array(CLUSTER);
  const huge: ByteSource = { name: "huge", sizeBytes: 2 ** 33, read: () => shared };
  const edits = Array.from({ length: 33_000 }, (_, index) => ({
    offsetBytes: index * CLUSTER,
    bytes,
  }));
  const plan = encodeOverlay(huge, BACKING, edits);
  const refcounts = [...takeWrites(plan, 3)].at(-1)!.bytes;
  expect(refcounts.length).toBe((plan.sizeBytes / CLUSTER) * 2);
  expect(refcounts.length).toBeGreaterThan(CLUSTER);
});

test("writes the header of the format's document", () => {
  const plan = encodeOverlay(memorySource(new Uint8Array(1000)), BACKING, []);
  const header = Buffer.from([...takeWrites(plan, 1)][0]!.bytes);
  expect(header.toString("hex", 0, 32)).toBe(
    "514649fb00000003" + // magic, version
      "0000000000000080" + // offset of the backing file's name
      "0000001000000010" + // its length, cluster bits
      "0000000000000400", // disk size, in whole sectors
  );
  expect(readQcow2Header(memorySource(assemble(plan))).backing).toEqual(BACKING);
});

test("refuses a backing file that QEMU would look for elsewhere", () => {
  for (const path of ["base.raw", "nbd:host", `/${"x".repeat(1023)}`]) {
    expect(() =>
      encodeOverlay(memorySource(new Uint8Array(512)), { path, format: "raw" }, []),
    ).toThrow(expect.objectContaining({ code: "overlay-backing-path" }));
  }
});

test("leaves an existing file alone, and nothing behind of a write that failed", () => {
  const folder = tempFolder("overlay");
  const plan = encodeOverlay(memorySource(new Uint8Array(CLUSTER)), BACKING, []);
  const taken = join(folder, "taken");
  writeFileSync(taken, "mine");
  expect(() => writeOverlay(taken, plan)).toThrow(expect.objectContaining({ who: "host" }));
  expect(readFileSync(taken, "utf8")).toBe("mine");
  const failing: Overlay = {
    sizeBytes: 10,
    *writes() {
      yield { offsetBytes: 0, bytes: new Uint8Array(1) };
      throw new Error("the base went away");
    },
  };
  const partial = join(folder, "partial");
  expect(() => writeOverlay(partial, failing)).toThrow("the base went away");
  expect(() => readFileSync(partial)).toThrow("ENOENT");
});

function* takeWrites(plan: Overlay, count: number) {
  let taken = 0;
  for (const write of plan.writes()) {
    if (taken++ === count) return;
    yield write;
  }
}
