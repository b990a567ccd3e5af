import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  composeDumpDisk,
  composeMinidump,
  composeTextDump,
} from "../../../../test/fixtures/freebsd-dump-disk.js";
import { tempFolder } from "../../../../test/temp-folder.js";
import { makeDumpDisk, planDumpDisk } from "./dump-disk.js";
import { keepDump } from "./keep-dump.js";

function diskOf(bytes: Uint8Array) {
  const folder = tempFolder("dump");
  const path = join(folder, "dump.raw");
  writeFileSync(path, bytes);
  return { folder, disk: { path, sizeBytes: bytes.length } };
}

async function keep(bytes: Uint8Array, signal = new AbortController().signal) {
  const { folder, disk } = diskOf(bytes);
  const kept = await keepDump(disk, folder, signal);
  return { kept, folder, names: readdirSync(folder).sort() };
}

test("a dump is kept as savecore(8) keeps it, with what it says of it", async () => {
  const memory = Buffer.alloc(64 * 1024);
  memory.fill(3, 0, 4096);
  const content = composeMinidump(memory);
  const { kept, folder, names } = await keep(composeDumpDisk({ content }));
  expect(kept).toEqual({
    path: join(folder, "vmcore.0"),
    sizeBytes: content.length,
    isComplete: true,
    how: "written by the kernel: minidump, version 3",
  });
  expect(names).toEqual(["dump.raw", "info.0", "vmcore.0"]);
  expect(readFileSync(join(folder, "vmcore.0")).equals(content)).toBe(true);
  // Pages of zeros take no space, and nobody else reads a guest's memory.
  expect(statSync(join(folder, "vmcore.0")).blocks * 512).toBeLessThan(content.length / 2);
  expect(statSync(join(folder, "vmcore.0")).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(folder, "info.0"), "utf8")).toMatch(
    /^Dump header from device: \/dev\/vtbd1\n {2}Architecture: amd64\n {2}Architecture Version: 2\n {2}Dump Length: 86016\n {2}Blocksize: 512\n {2}Compression: none\n {2}Dumptime: 2026-01-01 00:00:00 \+0000\n {2}Hostname: guest\n {2}Magic: FreeBSD Kernel Dump\n {2}Version String: FreeBSD 15\.0-STABLE stable\/15-n3 TWQDEBUG\n {2}Panic String: kdb_sysctl_panic\n {2}Dump Parity: \d+\n {2}Bounds: 0\n {2}Dump Status: good\n$/,
  );
});

test.each([
  [1, "gz", "1f8b08", "gzip"],
  [2, "zst", "28b52ffd", "zstd"],
])("a dump that the kernel has packed stays so (%i)", async (compression, ending, begin, name) => {
  const content = Buffer.concat([Buffer.from(begin, "hex"), Buffer.alloc(999, 5)]);
  const disk = composeDumpDisk({ content, extentBytes: 32_768, says: { compression } });
  const { kept, folder } = await keep(disk);
  expect(kept).toMatchObject({
    isComplete: true,
    how: `written by the kernel: memory, packed with ${name}`,
  });
  expect(readFileSync(join(folder, `vmcore.0.${ending}`)).equals(content)).toBe(true);
  content[0] = 0;
  const damaged = composeDumpDisk({ content, extentBytes: 32_768, says: { compression } });
  expect((await keep(damaged)).kept).toMatchObject({
    isComplete: false,
    problem: `the kernel's dump is damaged: it is no ${name} file`,
  });
});

test("the blocks of a text dump are put into their order", async () => {
  const tar = Buffer.from(Array.from({ length: 1_100_000 }, (_, at) => at >> 9));
  const whole = tar.subarray(0, tar.length - (tar.length % 512));
  const { folder, kept } = await keep(composeTextDump(whole, 2 ** 21));
  expect(kept.how).toBe("written by the kernel: a text dump");
  expect(readFileSync(join(folder, "textdump.tar.0")).equals(whole)).toBe(true);
});

test("a minidump that is shorter than its parts is kept, and called damaged", async () => {
  const content = composeMinidump().subarray(0, 4 * 4096);
  expect((await keep(composeDumpDisk({ content }))).kept).toMatchObject({
    isComplete: false,
    problem: "the kernel's dump is damaged: its parts end at byte 20480, and it has 16384",
  });
});

test("a dump that was cut off, or that is not to be used, is not kept, and it is said why", async () => {
  const cut = composeDumpDisk();
  cut.fill(0, cut.length - 512);
  const { kept, names } = await keep(cut);
  expect(kept).toMatchObject({ sizeBytes: 0, isComplete: false });
  expect(kept.path).toBeUndefined();
  expect(kept.problem).toMatch(
    /^the kernel's dump was cut off: \d+\.\d KiB were written, and not its headers, which come last$/,
  );
  expect(names).toEqual(["dump.raw"]);
  expect((await keep(composeDumpDisk({ says: { version: 2 } }))).kept.problem).toBe(
    "the kernel's dump cannot be used: its header has version 2, expected 4",
  );
});

test("a disk that nothing was written to says so, and takes no space", async () => {
  const folder = join(tempFolder("dump"), "column");
  mkdirSync(folder);
  const disk = planDumpDisk(folder, 512);
  makeDumpDisk(disk);
  expect(statSync(disk.path)).toMatchObject({ size: 576 * 1024 ** 2, blocks: 0 });
  expect(statSync(disk.path).mode & 0o777).toBe(0o600);
  const kept = await keepDump(disk, folder, new AbortController().signal);
  expect(kept.problem).toBe("the kernel has written no dump");
});

test("a disk that does not fit is refused before anything is written", () => {
  const disk = planDumpDisk(tempFolder("dump"), 2 ** 40);
  expect(() => makeDumpDisk(disk)).toThrow(
    / free, expected at least .* for the memory of a kernel/,
  );
  expect(() => statSync(disk.path)).toThrow(/ENOENT/);
});

test("what is interrupted leaves nothing", async () => {
  const { folder, disk } = diskOf(composeDumpDisk());
  await expect(keepDump(disk, folder, AbortSignal.abort(new Error("Ctrl-C")))).rejects.toThrow(
    "Ctrl-C",
  );
  expect(readdirSync(folder)).toEqual(["dump.raw"]);
});

test("a file that is cut short while it is read is no whole dump", async () => {
  const { folder, disk } = diskOf(composeDumpDisk());
  truncateSync(disk.path, 1000);
  const kept = await keepDump(disk, folder, new AbortController().signal);
  expect(kept.path).toBeUndefined();
});
