import { createHash, randomBytes } from "node:crypto";
import { closeSync, copyFileSync, openSync, readFileSync, truncateSync } from "node:fs";
import { rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Edit } from "../../src/disk/edits.js";
import { openImage } from "../../src/disk/open-image.js";
import { encodeOverlay, writeOverlay } from "../../src/disk/qcow2/overlay.js";
import { runCommand } from "../../src/host/command.js";
import { tempFolder } from "../temp-folder.js";

const folder = tempFolder("qcow2");
const at = (name: string): string => join(folder, name);

const MIB = 1024 * 1024;
const DISK_BYTES = 24 * MIB + 512;

async function qemuImg(...args: string[]): Promise<string> {
  const result = await runCommand({ argv: ["qemu-img", ...args] }, 60_000);
  expect(result, result.stderr + result.stdout).toMatchObject({ code: 0 });
  return result.stdout;
}

/** A raw disk with data in its first half and a hole in its second. */
function makeRawBase(name: string): string {
  const path = at(name);
  writeFileSync(path, randomBytes(12 * MIB));
  truncateSync(path, DISK_BYTES);
  return path;
}

function patchedCopy(path: string, edits: readonly Edit[]): string {
  const copy = at("patched.raw");
  copyFileSync(path, copy);
  const descriptor = openSync(copy, "r+");
  for (const { offsetBytes, bytes } of edits)
    writeSync(descriptor, bytes, 0, bytes.length, offsetBytes);
  closeSync(descriptor);
  return copy;
}

function makeOverlay(base: string, edits: readonly Edit[]): string {
  using disk = openImage(base);
  const overlay = at("overlay.qcow2");
  rmSync(overlay, { force: true });
  writeOverlay(overlay, encodeOverlay(disk, { path: base, format: disk.format }, edits));
  return overlay;
}

const randomEdits = fc
  .array(
    fc.record({
      offsetBytes: fc.oneof(
        fc.nat(DISK_BYTES - 1),
        fc.nat(300).map((n) => n * 65_536),
      ),
      length: fc.oneof(fc.nat(2000), fc.nat(400_000)),
      value: fc.nat(2),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((edits) =>
    edits.map(({ offsetBytes, length, value }): Edit => ({
      offsetBytes,
      bytes: new Uint8Array(Math.min(length + 1, DISK_BYTES - offsetBytes)).fill(value),
    })),
  );

test("qemu-img sees in our overlay what a patched raw copy holds, and has nothing to repair", async () => {
  const base = makeRawBase("base.raw");
  const before = hashOf(base);
  await fc.assert(
    fc.asyncProperty(randomEdits, async (edits) => {
      const overlay = makeOverlay(base, edits);
      expect(await qemuImg("check", "-f", "qcow2", overlay)).toContain("No errors were found");
      expect(await qemuImg("compare", overlay, patchedCopy(base, edits))).toContain("identical");
    }),
    { numRuns: 12 },
  );
  expect(hashOf(base)).toBe(before);
});

test("an overlay over a qcow2 base works, and we read both as qemu-img does", async () => {
  const raw = makeRawBase("below.raw");
  const base = at("below.qcow2");
  await qemuImg("convert", "-O", "qcow2", raw, base);
  const edit: Edit = { offsetBytes: 6 * MIB - 3, bytes: randomBytes(MIB) };
  const overlay = makeOverlay(base, [edit]);
  await qemuImg("check", overlay);
  const info = JSON.parse(await qemuImg("info", "--output=json", overlay)) as object;
  expect(info).toMatchObject({
    "virtual-size": DISK_BYTES,
    "backing-filename": base,
    "backing-filename-format": "qcow2",
    "cluster-size": 65_536,
  });
  expectSameContent(overlay, patchedCopy(raw, [edit]));
});

test.each([
  ["version 2", ["-o", "compat=0.10"]],
  ["zlib compression", ["-c"]],
  ["512-byte clusters", ["-o", "cluster_size=512"]],
  ["2 MiB clusters, compressed", ["-c", "-o", "cluster_size=2M"]],
  ["preallocated zero clusters", ["-S", "0", "-o", "preallocation=metadata"]],
])("reads an image by qemu-img with %s", async (_name, options) => {
  const raw = makeRawBase("source.raw");
  const image = at("foreign.qcow2");
  // Text compresses; the random first half does not, and stays uncompressed.
  const descriptor = openSync(raw, "r+");
  writeSync(descriptor, Buffer.alloc(3 * MIB, "kernlane "), 0, 3 * MIB, 14 * MIB);
  closeSync(descriptor);
  await qemuImg("convert", "-O", "qcow2", ...options, raw, image);
  expectSameContent(image, raw);
});

test("reads a chain of relative backing files, and zeros where the lower one is shorter", async () => {
  makeRawBase("bottom.raw");
  await qemuImg("create", "-q", "-f", "qcow2", "-b", "bottom.raw", "-F", "raw", at("middle.qcow2"));
  await qemuImg(
    "create",
    "-q",
    "-f",
    "qcow2",
    "-b",
    "middle.qcow2",
    "-F",
    "qcow2",
    at("top.qcow2"),
    "30M",
  );
  const flat = at("flat.raw");
  await qemuImg("convert", "-O", "raw", at("top.qcow2"), flat);
  expectSameContent(at("top.qcow2"), flat);
});

test("refuses a chain that comes back to itself", async () => {
  await qemuImg("create", "-q", "-f", "qcow2", at("a.qcow2"), "1M");
  await qemuImg("create", "-q", "-f", "qcow2", "-b", at("a.qcow2"), "-F", "qcow2", at("b.qcow2"));
  await qemuImg("rebase", "-u", "-b", at("b.qcow2"), "-F", "qcow2", at("a.qcow2"));
  expect(() => openImage(at("b.qcow2"))).toThrow(expect.objectContaining({ code: "image-chain" }));
});

test("refuses encryption and an external data file, naming them", async () => {
  const secret = ["--object", "secret,id=s,data=abc"];
  const encrypt = ["-o", "encrypt.format=aes,encrypt.key-secret=s"];
  await qemuImg("create", "-q", "-f", "qcow2", ...secret, ...encrypt, at("aes.qcow2"), "1M");
  expect(() => openImage(at("aes.qcow2"))).toThrow("it is encrypted");
  await qemuImg(
    "create",
    "-q",
    "-f",
    "qcow2",
    "-o",
    `data_file=${at("data")}`,
    at("ext.qcow2"),
    "1M",
  );
  expect(() => openImage(at("ext.qcow2"))).toThrow("its data is in an external file");
});

test("stages 40 MB into an 8 GiB sparse disk as a file of about 40 MB", async () => {
  const base = at("eight.raw");
  writeFileSync(base, "");
  truncateSync(base, 8 * 1024 * MIB);
  const kernel = randomBytes(40 * MIB);
  const edits: Edit[] = Array.from({ length: 40 }, (_, index) => ({
    offsetBytes: index * 190 * MIB + 4096,
    bytes: kernel.subarray(index * MIB, (index + 1) * MIB),
  }));
  const overlay = makeOverlay(base, edits);
  expect(statSync(overlay).size).toBeLessThan(45 * MIB);
  expect(await qemuImg("check", overlay)).toContain("No errors were found");
  using disk = openImage(overlay);
  expect(disk.sizeBytes).toBe(8 * 1024 * MIB);
  for (const { offsetBytes, bytes } of edits) {
    expect(Buffer.compare(disk.read(offsetBytes, bytes.length), bytes)).toBe(0);
  }
});

function expectSameContent(image: string, raw: string): void {
  using disk = openImage(image);
  using expected = openImage(raw);
  expect(disk.format).toBe("qcow2");
  expect(disk.sizeBytes).toBe(expected.sizeBytes);
  const step = 5 * MIB + 77;
  for (let offset = 0; offset < disk.sizeBytes; offset += step) {
    const length = Math.min(step, disk.sizeBytes - offset);
    expect(Buffer.compare(disk.read(offset, length), expected.read(offset, length))).toBe(0);
  }
}

function hashOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
