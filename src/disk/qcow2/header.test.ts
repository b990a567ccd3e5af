import fc from "fast-check";
import { expect, test } from "vitest";
import { memorySource, type ByteSource } from "../../binary/byte-source.js";
import { readQcow2Header } from "./header.js";
import { headerV3, type HeaderFields } from "./layout.js";
import { encodeOverlay } from "./overlay.js";
import { qcow2Disk } from "./qcow2-disk.js";

const CLUSTER = 65_536;
const base = memorySource(new Uint8Array(3 * CLUSTER).fill(9), "base");

function overlay(changes: Partial<HeaderFields> = {}): Uint8Array {
  const edit = { offsetBytes: 70_000, bytes: Uint8Array.of(1, 2, 3) };
  const plan = encodeOverlay(base, { path: "/images/base.qcow2", format: "qcow2" }, [edit]);
  const file = new Uint8Array(plan.sizeBytes);
  for (const { offsetBytes, bytes } of plan.writes()) file.set(bytes, offsetBytes);
  headerV3.encodeInto(file, changes);
  return file;
}

const image = (bytes: Uint8Array): ByteSource => memorySource(bytes, "image.qcow2");

test("names size, clusters and the backing file with its format", () => {
  expect(readQcow2Header(image(overlay()))).toMatchObject({
    version: 3,
    sizeBytes: 3 * CLUSTER,
    clusterBytes: CLUSTER,
    snapshotCount: 0,
    backing: { path: "/images/base.qcow2", format: "qcow2" },
  });
});

test("reads a header of version 2, which has no features", () => {
  const file = image(overlay({ version: 2, incompatible: 0xffn }));
  // Extensions follow the shorter header: what was the rest of it now reads as their end.
  expect(readQcow2Header(file)).toMatchObject({ version: 2, clusterBytes: CLUSTER });
});

test.each([
  ["qcow2-unsupported", "it is encrypted", { encryption: 1 }],
  ["qcow2-unsupported", "its data is in an external file", { incompatible: 4n }],
  ["qcow2-unsupported", "another method than zlib", { incompatible: 8n }],
  ["qcow2-unsupported", "it has extended L2 entries", { incompatible: 16n }],
  ["qcow2-unsupported", "it needs the unknown feature 40", { incompatible: 1n << 40n }],
  ["qcow2-unsupported", "it is of version 4", { version: 4 }],
  ["qcow2-not-clean", "dirty bit", { incompatible: 1n }],
  ["qcow2-not-clean", "marked as corrupt", { incompatible: 2n }],
  ["qcow2-damaged", "clusters of 2^22 bytes", { clusterBits: 22 }],
  ["qcow2-damaged", "an L1 table of 0 entries, expected 1", { l1Entries: 0 }],
  ["qcow2-damaged", "an L1 table of 4294967295 entries", { l1Entries: 0xffffffff }],
  ["qcow2-damaged", "an L1 table at 1099511627776", { l1Offset: 2 ** 40 }],
  ["qcow2-damaged", "a backing file's name of 2000 bytes", { backingNameBytes: 2000 }],
  ["qcow2-damaged", "found no magic", { magic: 7 }],
] satisfies [string, string, Partial<HeaderFields>][])(
  "refuses with %s: %s",
  (code, found, changes) => {
    expect(() => readQcow2Header(image(overlay(changes)))).toThrow(
      expect.objectContaining({
        code,
        who: "image",
        message: expect.stringContaining(found) as string,
      }),
    );
  },
);

test("any damage of an image ends in bytes or in a refusal of ours", () => {
  const good = overlay();
  const place = fc.oneof(fc.nat(160), fc.nat(good.length - 1));
  const changes = fc.array(fc.tuple(place, fc.nat(255)), { maxLength: 4 });
  fc.assert(
    fc.property(
      changes,
      fc.oneof(fc.constant(good.length), fc.nat(good.length)),
      (made, length) => {
        const bytes = good.slice(0, length);
        for (const [at, value] of made) if (at < length) bytes[at] = value;
        try {
          const header = readQcow2Header(image(bytes));
          qcow2Disk(image(bytes), header, base).read(0, Math.min(header.sizeBytes, 3 * CLUSTER));
        } catch (error) {
          expect(error).toMatchObject({ name: "LaneError", who: "image" });
        }
      },
    ),
    { numRuns: 200 },
  );
});
