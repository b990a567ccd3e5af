/**
 * The hand-over to a FreeBSD kernel, to a kernel of twenty instructions under QEMU: it sends all that it was told to a port.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { memorySource } from "../../src/binary/byte-source.js";
import { bootFile, emptyBootFile } from "../../src/guests/freebsd/direct/boot-file.js";
import { offsetOfRecord, METADATA } from "../../src/guests/freebsd/direct/metadata.js";
import { QEMU_PROGRAM } from "../../src/run/host-facts.js";
import { buildElf } from "../fixtures/elf-file.js";
import { buildModule } from "../fixtures/freebsd-module-file.js";
import { tempFolder } from "../temp-folder.js";

const folder = tempFolder("direct");
const KERNBASE = 0xffffffff80000000n;
const DEBUG_EXIT = "isa-debug-exit,iobase=0xf4,iosize=1";
/** esi = [rsp+4]; ecx = [rsp+8] - esi; rsi |= KERNBASE; dx = 0xe9; rep outsb; out 0xf4, 0x10 */
const KERNEL = "8b7424048b4c240829f14881ce0000008066bae900fcf36eb010e6f4f4";

function start(bytes: Uint8Array) {
  const path = join(folder, "boot.elf");
  writeFileSync(path, bytes);
  const argv = ["-nodefaults", "-display", "none", "-no-reboot", "-accel", "tcg", "-m", "128M"];
  const debug = ["-debugcon", "stdio", "-device", DEBUG_EXIT];
  return spawnSync(QEMU_PROGRAM, [...argv, ...debug, "-kernel", path], { timeout: 60_000 });
}

test("the kernel is entered with its list, its memory map and what was loaded with it", () => {
  const entry = KERNBASE + 0x200000n;
  const code = { type: 1, address: entry, memoryBytes: 0x3000, bytes: Buffer.from(KERNEL, "hex") };
  const file = memorySource(buildElf({ osAbi: 9, entry, segments: [code] }), "/boot/k/kernel");
  const module = memorySource(buildModule({ provides: ["one"] }), "/boot/k/one.ko");
  const entropy = memorySource(Buffer.from("random"), "/boot/entropy");
  const { status, stdout } = start(
    bootFile({
      kernel: { path: file.name, file },
      files: [
        { path: module.name, file: module },
        { path: entropy.name, file: entropy, type: "boot_entropy_cache" },
      ],
      variables: new Map([["boot_serial", "YES"]]),
    }).bytes,
  );
  expect(status).toBe((0x10 << 1) | 1);
  for (const text of ["elf kernel", "/boot/k/one.ko", "elf obj module", "boot_entropy_cache"])
    expect(stdout.includes(`${text}\0`)).toBe(true);
  expect(stdout.readUInt32LE(offsetOfRecord(stdout, METADATA.howto))).toBe(0x1000);
  const end = Number(stdout.readBigUInt64LE(offsetOfRecord(stdout, METADATA.end)));
  expect([end % 4096, end > 0x203000]).toEqual([0, true]);
  const map = offsetOfRecord(stdout, METADATA.memoryMap);
  const memory = Array.from({ length: 32 }, (_, at) => ({
    from: stdout.readBigUInt64LE(map + at * 20),
    bytes: stdout.readBigUInt64LE(map + at * 20 + 8),
    type: stdout.readUInt32LE(map + at * 20 + 16),
  }));
  const usable = memory.filter(({ type }) => type === 1).map(({ from }) => from);
  expect(usable).toEqual([0n, 0x100000n]);
}, 90_000);

test("a machine that resumes is given a file that QEMU takes", () => {
  const path = join(folder, "empty.elf");
  writeFileSync(path, emptyBootFile().bytes);
  // It is not run: the machine stops before its first instruction, and ends when its monitor does.
  const argv = ["-nodefaults", "-display", "none", "-S", "-monitor", "stdio", "-m", "128M"];
  const { status, stderr } = spawnSync(QEMU_PROGRAM, [...argv, "-kernel", path], {
    input: "quit\n",
    timeout: 60_000,
  });
  expect([status, stderr.toString()]).toEqual([0, ""]);
}, 90_000);
