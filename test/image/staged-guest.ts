/**
 * Guests to stage into: a disk as the official images have it, with a file system of makefs(8)'s or of FreeBSD's own newfs(8),
 * and in it the least that makes a guest. Every text is ours.
 */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { readPartitionTable } from "../../src/disk/gpt/partition-table.js";
import { openImage } from "../../src/disk/open-image.js";
import { buildFreebsdKernel } from "../fixtures/freebsd-kernel-file.js";
import type { FileChange } from "../../src/disk/ufs2/file-change.js";
import { planFiles } from "../../src/disk/ufs2/plan.js";
import { syscall } from "../../src/protocol/steps.js";
import type { LaneConfig } from "../../src/lane/lane.js";
import { resolveRequest, type RunOptions } from "../../src/lane/request.js";
import { stageImage, type StagedImage } from "../../src/run/stage-image.js";
import { guestTree, makeGuest, type Tree } from "./freebsd-tree.js";
import { openEdited } from "./model.js";
import { applyEdits, patternBytes, scratchPath } from "./tools.js";
import { unpackFixture, type FixtureName } from "./unpack.js";

/** What rc(8) and the loader of a 15 need to be there. */
const essentials = {
  "boot/defaults/loader.conf": guestTree["boot/defaults/loader.conf"] as string,
  "boot/lua/config.lua": guestTree["boot/lua/config.lua"] as string,
  "etc/rc": "#!/bin/sh\n. /etc/rc.subr\n",
  "etc/rc.subr": "run_rc_command() { :; }\n",
};

/** A guest that was used before: an earlier slot, a first boot that never came, a boot chosen once. */
export const usedTree: Tree = {
  ...essentials,
  "boot/loader.conf": 'console="vidconsole"\n',
  "boot/kernel/kernel": buildFreebsdKernel({ ident: "GENERIC" }),
  "boot/TWQDEBUG/kernel": buildFreebsdKernel({ ident: "OLD" }),
  "boot/TWQDEBUG/old.ko": "a module of the old kernel\n",
  "boot/nextboot.conf": 'nextboot_enable="YES"\nkernel="OLD"\n',
  firstboot: "",
  "firstboot-reboot": "",
  "etc/rc.conf": 'hostname="guest"\n',
};

const SECTOR_BYTES = 512;
const ROOT_SECTOR = 4096;

/** A GPT with a boot partition, one for swapping, and the root as the fourth. @returns the path of the image */
export function makeDisk(tree: Tree = usedTree, hasBootCode = true): string {
  const root = readFileSync(makeGuest(tree));
  const path = scratchPath("disk.raw");
  writeFileSync(path, "");
  truncateSync(path, 12 * 1024 * 1024);
  const rootEnd = ROOT_SECTOR + root.length / SECTOR_BYTES - 1;
  const partitions = ["-n", "1:40:+256K", "-t", "1:a501", "-n", "3:1024:+512K", "-t", "3:a502"];
  const rootPartition = ["-n", `4:${ROOT_SECTOR}:${rootEnd}`, "-t", "4:a503", "-c", "4:rootfs"];
  const options = ["-o", "-a", "1", ...partitions, ...rootPartition];
  execFileSync("sgdisk", [...options, path], { stdio: "ignore" });
  const file = openSync(path, "r+");
  writeSync(file, root, 0, root.length, ROOT_SECTOR * SECTOR_BYTES);
  closeSync(file);
  if (hasBootCode) writeBootCode(path);
  return path;
}

/** Where a BIOS and gptboot(8) begin: an endless loop (`eb fe`), which is enough to look like code. */
function writeBootCode(path: string): void {
  using disk = openImage(path);
  const { partitions } = readPartitionTable(disk);
  const boot = partitions.find(({ type }) => type === "freebsd-boot");
  const file = openSync(path, "r+");
  for (const at of [0, ...(boot ? [boot.offsetBytes] : [])])
    writeSync(file, Buffer.of(0xeb, 0xfe), 0, 2, at);
  writeSync(file, Buffer.of(0x55, 0xaa), 0, 2, 510);
  closeSync(file);
}

/** A disk that FreeBSD's newfs made, and what it lacks of a guest put in. */
export function makeNewfsDisk(name: FixtureName = "newfs-suj-gpt"): string {
  const path = unpackFixture(name);
  writeBootCode(path);
  using disk = openImage(path);
  const folders = ["/boot/defaults", "/boot/lua"];
  const changes: readonly FileChange[] = [
    ...folders.map((folder) => ({ kind: "directory" as const, path: folder })),
    ...Object.entries(essentials).map(([name, text]) => {
      return { kind: "file" as const, path: `/${name}`, content: Buffer.from(text) };
    }),
  ];
  return applyEdits(path, planFiles(openEdited(disk), changes, { timeSeconds: 1_700_000_000 }));
}

/** A kernel file with indirect blocks, or with what is given behind its ELF file. */
export function makeKernel(
  ident: string,
  padding: Uint8Array = patternBytes(1_700_001, 7),
  path = scratchPath("kernel"),
): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.concat([buildFreebsdKernel({ ident }), padding]));
  return path;
}

export interface Staging extends RunOptions {
  readonly lane?: Partial<LaneConfig>;
  readonly format?: "qcow2" | "raw";
  readonly to?: string;
}

/** Stages the only kernel that is named, or `stock`. */
export async function stageGuest(image: string, staging: Staging = {}): Promise<StagedImage> {
  const { lane, format = "qcow2", to = scratchPath(`staged.${format}`), ...options } = staging;
  const config: LaneConfig = {
    guest: "freebsd",
    probeAt: "early",
    probe: [syscall({ name: "getpid()", nr: 20 })],
    ...lane,
  };
  const only = Object.keys(options.kernels ?? {})[0] ?? "stock";
  const named = { name: "test", lane: config, folder: process.cwd() };
  return stageImage(resolveRequest(named, { only, image, ...options }), to, format);
}

export function hashOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** A staged image as a raw one, made by qemu-img. */
export function exportRaw(path: string): string {
  const raw = scratchPath("export.raw");
  execFileSync("qemu-img", ["convert", "-O", "raw", path, raw]);
  return raw;
}
