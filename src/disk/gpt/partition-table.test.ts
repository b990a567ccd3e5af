import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { LaneError } from "../../base/errors.js";
import { memorySource } from "../../binary/byte-source.js";
import { formatGuid, parseGuid } from "./guid.js";
import { crcOfHeader, gptHeader } from "./header.js";
import { findSectorBytes, readPartitionTable } from "./partition-table.js";
import {
  putHeader,
  putProtectiveMbr,
  UFS_GUID,
  ufsEntries,
  type GptShape,
} from "../../../test/fixtures/gpt.js";

/** A disk of 200 sectors with partition 3 at LBA 40 to 99; foreign tools make the disks of `test/image/`. */
function gptDisk({
  sectorBytes = 512,
  entryCount = 4,
  entryBytes = 128,
}: GptShape = {}): Uint8Array {
  const bytes = new Uint8Array(200 * sectorBytes);
  const shape = { sectorBytes, entryCount, entryBytes };
  const entries = ufsEntries(shape, 40, 99);
  putProtectiveMbr(bytes);
  putHeader(bytes, entries, shape, [1, 199, 2]);
  putHeader(bytes, entries, shape, [199, 1, 150]);
  return bytes;
}

const tableOf = (bytes: Uint8Array) => readPartitionTable(memorySource(bytes));

test.each([{}, { entryCount: 128 }, { entryBytes: 256 }, { sectorBytes: 4096 }])(
  "reads a GPT of the shape %j",
  (shape) => {
    const { sectorBytes = 512 } = shape as GptShape;
    expect(tableOf(gptDisk(shape))).toEqual({
      scheme: "gpt",
      sectorBytes,
      warnings: [],
      partitions: [
        {
          number: 3,
          type: "freebsd-ufs",
          label: "rootfs",
          guid: "07070707-0707-0707-0707-070707070707",
          attributes: 0n,
          offsetBytes: 40 * sectorBytes,
          sizeBytes: 60 * sectorBytes,
        },
      ],
    });
  },
);

test.each([
  [
    "primary",
    512,
    "the primary GPT header is bad (a wrong header CRC in LBA 1); the backup is used",
  ],
  [
    "backup",
    199 * 512,
    "the backup GPT header is bad (a wrong header CRC in LBA 199); the primary is used",
  ],
])("warns of a bad %s header and uses the other", (_, atBytes, warning) => {
  const bytes = gptDisk();
  bytes[atBytes + 60]! ^= 1;
  const table = tableOf(bytes);
  expect(table.warnings).toEqual([warning]);
  expect(table.partitions).toHaveLength(1);
});

test("warns of a bad entry array under a sound header", () => {
  const bytes = gptDisk();
  bytes[1024 + 300]! ^= 1;
  expect(tableOf(bytes).warnings[0]).toMatch(
    /a wrong CRC of the entries in LBA 1\); the backup is used/,
  );
});

test("warns when both headers are sound and list different partitions, and uses the primary", () => {
  const bytes = gptDisk();
  const shape = { sectorBytes: 512, entryCount: 4, entryBytes: 128 };
  putHeader(bytes, new Uint8Array(512), shape, [199, 1, 150]);
  const table = tableOf(bytes);
  expect(table.warnings).toEqual([
    "the two GPT headers list different partitions; the primary is used",
  ]);
  expect(table.partitions).toHaveLength(1);
});

test("knows the sector size from either header, and from a damaged one", () => {
  for (const sectorBytes of [512, 4096]) {
    const bytes = gptDisk({ sectorBytes });
    expect(findSectorBytes(memorySource(bytes))).toBe(sectorBytes);
    bytes[sectorBytes + 60]! ^= 1;
    bytes[199 * sectorBytes + 60]! ^= 1;
    expect(findSectorBytes(memorySource(bytes))).toBe(sectorBytes);
    bytes.fill(0, sectorBytes, 2 * sectorBytes);
    expect(findSectorBytes(memorySource(bytes))).toBe(sectorBytes);
  }
  expect(findSectorBytes(memorySource(new Uint8Array(100_000)))).toBe(512);
});

test("refuses a GPT with two bad headers", () => {
  const bytes = gptDisk();
  bytes[512 + 60]! ^= 1;
  bytes[199 * 512]! ^= 1;
  expect(() => tableOf(bytes)).toThrow(
    /both GPT headers are bad: found a wrong header CRC in LBA 1 and no sig/,
  );
});

test("refuses an image that was cut before its backup header, or within a partition", () => {
  const bytes = gptDisk();
  expect(() => tableOf(bytes.subarray(0, 120 * 512))).toThrow(
    /truncated: the backup GPT header ends at/,
  );
  const shape = { sectorBytes: 512, entryCount: 4, entryBytes: 128 };
  putHeader(bytes, bytes.slice(1024, 1536), shape, [1, 80, 2]);
  expect(() => tableOf(bytes.subarray(0, 90 * 512))).toThrow(
    /truncated: partition 3 ends at byte 51200/,
  );
});

test("reads an MBR's slots, and nothing from a disk without either", () => {
  const bytes = new Uint8Array(100 * 512);
  expect(tableOf(bytes)).toMatchObject({ scheme: "none", partitions: [] });
  bytes.set([0x80, 0, 0, 0, 0xa5, 0, 0, 0, 63, 0, 0, 0, 30, 0, 0, 0], 446);
  bytes.set([0x55, 0xaa], 510);
  expect(tableOf(bytes)).toMatchObject({
    scheme: "mbr",
    partitions: [{ number: 1, type: "mbr-0xa5", offsetBytes: 63 * 512, sizeBytes: 30 * 512 }],
  });
});

test("spells GUIDs as everyone does, both ways", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      expect(parseGuid(formatGuid(bytes))).toEqual(bytes);
    }),
  );
  const onDisk = Buffer.from("b67c6e51cf6ed6118ff800022d09712b", "hex");
  expect(formatGuid(onDisk)).toBe(UFS_GUID);
});

test("answers any damage with partitions inside the disk or a refusal", () => {
  const sound = gptDisk();
  const anyDamage = fc.array(fc.tuple(fc.nat(1535), fc.nat(255)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(anyDamage, fc.boolean(), (damage, fixCrcs) => {
      const bytes = sound.slice();
      bytes.fill(0, 199 * 512);
      for (const [at, value] of damage) bytes[at] = value;
      if (fixCrcs) repairCrcs(bytes);
      const seen = outcome(() => tableOf(bytes));
      if (seen instanceof Error) expect(seen).toBeInstanceOf(LaneError);
      else if (seen.scheme === "gpt") {
        for (const { offsetBytes, sizeBytes } of seen.partitions) {
          expect(sizeBytes).toBeGreaterThan(0);
          expect(offsetBytes + sizeBytes).toBeLessThanOrEqual(bytes.length);
        }
      }
    }),
    { numRuns: 500, seed: 3 },
  );
});

function repairCrcs(bytes: Uint8Array): void {
  const header = bytes.subarray(512, 1024);
  gptHeader.encodeInto(header, { entriesCrc: crc32(bytes.subarray(1024, 1536)) });
  gptHeader.encodeInto(header, { headerCrc: crcOfHeader(header.subarray(0, 92)) });
}

function outcome<T>(act: () => T): T | Error {
  try {
    return act();
  } catch (error) {
    return error as Error;
  }
}
