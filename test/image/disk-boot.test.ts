/**
 * How a disk is booted and from which partition, decided before anything is staged: on disks of sgdisk's and file systems of makefs's.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openImage } from "../../src/disk/open-image.js";
import { openFreebsdImage } from "../../src/guests/freebsd/image.js";
import { bootOfDisk, type BootWish } from "../../src/guests/disk-boot.js";
import { putHeader, putProtectiveMbr, ufsEntries } from "../fixtures/gpt.js";
import { makeGuest, type Tree } from "./freebsd-tree.js";
import { makeDisk, stageGuest } from "./staged-guest.js";
import { scratchPath } from "./tools.js";

const MIB = 1024 * 1024;
const CODE = Buffer.of(0xeb, 0xfe);
const FAT = Buffer.from("55aa", "hex");

/** A disk of 32 MiB as sgdisk(8) partitions it, with bytes put where they are said to be. */
function diskOf(
  options: readonly string[],
  ...bytes: readonly (readonly [number, Uint8Array])[]
): string {
  const path = scratchPath("disk.img");
  writeFileSync(path, "");
  truncateSync(path, 32 * MIB);
  execFileSync("sgdisk", ["-o", ...options, path], { stdio: "ignore" });
  const disk = readFileSync(path);
  for (const [at, content] of bytes) disk.set(content, at);
  writeFileSync(path, disk);
  return path;
}

const BOOT = ["-n", "1:2048:+512K", "-t", "1:a501"];
const SYSTEM = ["-n", "2:4096:+1M", "-t", "2:ef00"];
const ROOT = ["-n", "4:8192:+8M", "-t", "4:a503", "-c", "4:rootfs"];
const mbrCode = [0, CODE] as const;
const bootCode = [MIB, CODE] as const;
const fat = [2 * MIB + 510, FAT] as const;

const wish: BootWish = { needsBootCode: true };

function bootOf(path: string, more: Partial<BootWish> = {}) {
  using image = openImage(path);
  return bootOfDisk(image, { ...wish, ...more }).firmware;
}

function refusal(path: string, more: Partial<BootWish> = {}): { message: string; hint: string } {
  try {
    bootOf(path, more);
  } catch (error) {
    expect(error).toMatchObject({ code: "image-not-bootable", who: "image" });
    return error as { message: string; hint: string };
  }
  throw new Error("it was not refused");
}

test("takes the BIOS where the disk has code for it, else UEFI, else neither", () => {
  expect(bootOf(diskOf([...BOOT, ...SYSTEM, ...ROOT], mbrCode, bootCode, fat))).toBe("bios");
  expect(bootOf(diskOf([...SYSTEM, ...ROOT], mbrCode, fat))).toBe("uefi");
  expect(bootOf(diskOf([...BOOT, ...SYSTEM, ...ROOT], mbrCode, fat))).toBe("uefi");
  expect(refusal(diskOf([...BOOT, ...SYSTEM, ...ROOT], mbrCode)).message).toMatch(
    /by BIOS because its freebsd-boot partition 1 is empty, nor by UEFI because its EFI system partition 2 holds no FAT file system$/,
  );
});

test.each([
  ["no boot code", diskOf([...BOOT, ...ROOT], bootCode), /its first sector has no boot code/],
  ["no freebsd-boot", diskOf(ROOT, mbrCode), /it has no freebsd-boot partition/],
  ["a bare file system", makeGuest(), /its first sector is no boot sector \(found 0000/],
])("refuses %s", (_, path, reason) => {
  const { message, hint } = refusal(path);
  expect(message).toMatch(reason);
  expect(message).toContain("it has no EFI system partition");
  expect(hint).toContain("boot code");
});

test("a firmware that was asked for and does not fit names the other", () => {
  const both = [...BOOT, ...ROOT];
  expect(refusal(diskOf(both, mbrCode, bootCode), { firmware: "uefi" }).hint).toContain('"bios"');
  const { message, hint } = refusal(diskOf([...SYSTEM, ...ROOT], mbrCode, fat), {
    firmware: "bios",
  });
  expect(message).not.toContain("UEFI");
  expect(hint).toContain('"uefi"');
});

test("a disk that is no FreeBSD's needs only its own boot sector", () => {
  expect(bootOf(diskOf(["-n", "1:2048:+1M", "-t", "1:8300"], mbrCode))).toBe("bios");
});

test("bhyve's loader needs no boot code", () => {
  expect(bootOf(makeGuest(), { needsBootCode: false })).toBe("bios");
});

test("a disk of 4096-byte sectors is no BIOS's and no bhyveload's", () => {
  const shape = { sectorBytes: 4096, entryCount: 128, entryBytes: 128 };
  const bytes = new Uint8Array(200 * 4096);
  putProtectiveMbr(bytes);
  bytes.set(CODE);
  putHeader(bytes, ufsEntries(shape, 40, 99), shape, [1, 199, 2]);
  const path = scratchPath("4kn.img");
  writeFileSync(path, bytes);
  expect(refusal(path).message).toContain("its sectors have 4096 bytes");
  expect(refusal(path, { needsBootCode: false }).message).toContain("its sectors have 4096 bytes");
});

test("staging refuses what would not boot, and makes nothing", async () => {
  const image = makeDisk(undefined, false);
  await expect(stageGuest(image)).rejects.toMatchObject({ code: "image-not-bootable" });
  await expect(
    stageGuest(makeDisk(), { lane: { machine: { firmware: "uefi" } } }),
  ).rejects.toMatchObject({
    code: "image-not-bootable",
    hint: expect.stringContaining("bios") as string,
  });
});

const loader: Tree = { "boot/loader": "a loader\n", "boot/defaults/loader.conf": "" };

/** Two UFS partitions, 2 and 3, with these trees. */
function twoRoots(first: Tree, second: Tree, ...options: readonly string[]): string {
  const partitions = ["-n", "2:8192:+8M", "-t", "2:a503", "-c", "2:one"];
  const others = ["-n", "3:32768:+8M", "-t", "3:a503", "-c", "3:two"];
  const [one, two] = [first, second].map((tree) => readFileSync(makeGuest(tree)));
  return diskOf([...partitions, ...others, ...options], [4 * MIB, one!], [16 * MIB, two!]);
}

function rootOf(path: string, wanted?: string): readonly [number | undefined, string] {
  using image = openFreebsdImage(path, wanted);
  return [image.root.number, image.rootWhy];
}

test("takes the partition that the image's boot code takes", () => {
  const data: Tree = { "data/file": "no guest\n" };
  expect(rootOf(twoRoots(loader, loader))).toEqual([2, "the first UFS partition with a loader"]);
  expect(rootOf(twoRoots(data, loader))).toEqual([3, "the first UFS partition with a loader"]);
  expect(rootOf(twoRoots(loader, loader, "-A", "3:set:59"))).toEqual([3, "marked bootme"]);
  const once = ["-A", "2:set:59", "-A", "3:set:59", "-A", "3:set:58"];
  expect(rootOf(twoRoots(loader, loader, ...once))).toEqual([3, "marked bootonce"]);
  // A mark on what has no loader is passed over, as gptboot(8) goes on to the next.
  expect(rootOf(twoRoots(loader, data, "-A", "3:set:59"))[0]).toBe(2);
  expect(rootOf(makeDisk())).toEqual([4, "the only UFS partition"]);
});

test("`root` overrides it, by number or by label, and has to exist", () => {
  const path = twoRoots(loader, loader);
  expect(rootOf(path, "3")).toEqual([3, "named by `root`"]);
  expect(rootOf(path, "two")[0]).toBe(3);
  expect(() => rootOf(path, "rootfs")).toThrow(
    expect.objectContaining({
      code: "root-not-found",
      message: expect.stringContaining('2 "one", 3 "two"') as string,
    }) as Error,
  );
});

test.each(["/dev/gpt/two", "/dev/vtbd0p3", "/dev/ada0p3"])(
  "refuses a partition whose fstab mounts / from another one: %s",
  (device) => {
    const elsewhere = {
      ...loader,
      "etc/fstab": `# Device\tMountpoint\n${device}\t/\tufs\trw\t1\t1\n`,
    };
    const path = twoRoots(elsewhere, loader);
    expect(() => rootOf(path)).toThrow(
      expect.objectContaining({ code: "root-elsewhere", who: "image" }) as Error,
    );
    expect(rootOf(path, "one")[0]).toBe(2);
  },
);

test.each(["/dev/gpt/one", "/dev/vtbd0p2", "/dev/ufsid/5f00", "none"])(
  "takes an fstab that names its own partition, or one that nobody knows: %s",
  (device) => {
    const tree = {
      ...loader,
      "etc/fstab": `${device} / ufs rw 1 1\n/dev/gpt/two /data ufs rw 2 2\n`,
    };
    expect(rootOf(twoRoots(tree, loader))[0]).toBe(2);
  },
);
