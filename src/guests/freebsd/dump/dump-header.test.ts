import fc from "fast-check";
import { expect, test } from "vitest";
import {
  BLOCK_BYTES,
  composeDumpDisk,
  composeMinidump,
  composeTextDump,
} from "../../../../test/fixtures/freebsd-dump-disk.js";
import { memorySource } from "../../../binary/byte-source.js";
import { dumpHeader, findDump, parityOf, type DumpSearch } from "./dump-header.js";

function search(disk: Uint8Array): DumpSearch {
  return findDump(memorySource(disk), "amd64");
}

function why(disk: Uint8Array): string {
  const found = search(disk);
  return found.ok ? "found" : found.why;
}

test("a dump is found where its headers say that it is", () => {
  const content = composeMinidump();
  const disk = composeDumpDisk({ content });
  const found = search(disk);
  expect(found).toMatchObject({ ok: true, kind: "memory", compression: "none" });
  if (!found.ok) return;
  expect(disk.subarray(found.offsetBytes).subarray(0, found.lengthBytes).equals(content)).toBe(
    true,
  );
  expect(found.header).toMatchObject({
    panicString: "kdb_sysctl_panic",
    hostName: "guest",
    architectureVersion: 2,
  });
});

test("a compressed dump begins where its extent begins, and is shorter", () => {
  const content = Buffer.alloc(1000, 7);
  const disk = composeDumpDisk({ content, extentBytes: 65_536, says: { compression: 2 } });
  const found = search(disk);
  expect(found).toMatchObject({ ok: true, compression: "zstd", lengthBytes: 1000 });
  expect(found.ok && found.offsetBytes).toBe(disk.length - BLOCK_BYTES - 65_536);
});

test("a text dump is told from one of memory", () => {
  expect(search(composeTextDump(Buffer.alloc(2048, 1)))).toMatchObject({
    ok: true,
    kind: "text",
    lengthBytes: 2048,
  });
});

test.each([
  [{ version: 3 }, "its header has version 3, expected 4"],
  [{ architecture: "aarch64" }, "it is of aarch64, expected amd64"],
  [{ architecture: "\u001b[2J" }, "it is of ^[[2J, expected amd64"],
  [{ architecture: "" }, "it is of no architecture, expected amd64"],
  [{ blockBytes: 4096 }, "its blocks have 4096 bytes, the disk's have 512"],
  [
    { keyBytes: 512 },
    "it is encrypted (dumpon -k), and only decryptcore(8) with the key can read it",
  ],
  [{ compression: 9 }, "it is compressed in an unknown way (9)"],
  [{ lengthBytes: 0n }, "it was cut off: its header has no length yet"],
  [{ lengthBytes: 2n ** 63n }, /^its header says 9223372036854775808 bytes in an extent of \d+$/],
  [
    { lengthBytes: 2n ** 63n, extentBytes: 2n ** 64n - 1n },
    "its header says an extent of 18446744073709551615 bytes, more than the disk has",
  ],
  [{ magic: "FreeBSD Text Dump", lengthBytes: 700n }, /^it is a text dump of 700 bytes/],
  [{ magic: "Cleared Kernel Dump" }, "savecore(8) of the guest has taken it already"],
] as const)("a header is refused in words: %o", (says, words) => {
  const disk = composeDumpDisk({ says });
  const found = search(disk);
  expect(found).toMatchObject({ ok: false, hasHeader: true });
  expect(why(disk)).toMatch(words instanceof RegExp ? words : new RegExp(`^${escape(words)}$`));
});

function escape(words: string): string {
  return words.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

test("a disk without a header has none", () => {
  const cut = composeDumpDisk();
  cut.fill(0, cut.length - BLOCK_BYTES);
  expect(search(cut)).toMatchObject({
    hasHeader: false,
    why: "the last block of the disk is no header of a dump",
  });
  expect(search(Buffer.alloc(512 * 1024))).toMatchObject({ ok: false, hasHeader: false });
  expect(search(Buffer.alloc(100))).toMatchObject({ ok: false, hasHeader: false });
});

test("a copy that differs from the header is told of", () => {
  const disk = composeDumpDisk();
  const found = search(disk);
  if (!found.ok) throw new Error(found.why);
  disk[found.offsetBytes - BLOCK_BYTES + 330]! ^= 1;
  expect(why(disk)).toBe(
    "its two headers differ: the one before the dump is not the one behind it",
  );
});

test("one bit that is wrong in the header is found, whichever it is", () => {
  const disk = composeDumpDisk();
  const lastAt = disk.length - BLOCK_BYTES;
  fc.assert(
    fc.property(fc.nat(512 * 8 - 1), (bit) => {
      const damaged = Buffer.from(disk);
      damaged[lastAt + (bit >> 3)]! ^= 1 << (bit & 7);
      return !search(damaged).ok;
    }),
  );
});

test("whatever the headers say, the dump is inside the disk, between them", () => {
  const sizes = fc.oneof(
    fc.nat(1024).map((blocks) => BigInt(blocks * BLOCK_BYTES)),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  );
  fc.assert(
    fc.property(sizes, sizes, fc.nat(3), (lengthBytes, extentBytes, compression) => {
      const disk = composeDumpDisk({ says: { lengthBytes, extentBytes, compression } });
      const found = search(disk);
      if (!found.ok) return found.why !== "";
      const endBytes = found.offsetBytes + found.lengthBytes;
      return found.offsetBytes >= 65_536 + BLOCK_BYTES && endBytes <= disk.length - BLOCK_BYTES;
    }),
  );
});

test("any bytes are read without a throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 512, maxLength: 512 }), fc.boolean(), (bytes, sound) => {
      const disk = Buffer.alloc(128 * 1024);
      if (sound) dumpHeader.encodeInto(bytes, { magic: "FreeBSD Kernel Dump", version: 4 });
      if (sound) dumpHeader.encodeInto(bytes, { architecture: "amd64", parity: 0 });
      if (sound) dumpHeader.encodeInto(bytes, { parity: parityOf(bytes) });
      disk.set(bytes, disk.length - 512);
      search(disk);
    }),
  );
});
