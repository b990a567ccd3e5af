/**
 * Which of an image's UFS partitions is booted, as the image's own boot code decides it.
 *
 * gptboot(8) takes the partition marked `bootonce`, then the one marked `bootme`, then the first; where the loader is missing there, it goes on
 * with the next. loader.efi(8) takes the first that has a loader's files. The loader then has the kernel mount what that partition's /etc/fstab
 * names as `/`: kernlane puts the kernel and the agent into one file system, so that has to be the same one.
 */
import { LaneError } from "../../base/errors.js";
import { findRoots, type RootPartition } from "../../disk/disk-root.js";
import type { ImageDisk } from "../../disk/open-image.js";
import { openFileSystem, type FileSystem } from "../../disk/ufs2/file-system.js";
import { guestFiles, type GuestFiles } from "./guest-files.js";

export interface BootedRoot {
  readonly root: RootPartition;
  readonly fs: FileSystem;
  /** One clause for the plan and the overview: `the only UFS partition`. */
  readonly why: string;
}

/**
 * @param wanted a partition's number or label, which overrides the image's own choice
 * @throws LaneError `root-not-found` (usage), `root-elsewhere` (image), those of `findRoots` and `openFileSystem` (image)
 */
export function chooseRoot(disk: ImageDisk, wanted?: string): BootedRoot {
  const roots = findRoots(disk);
  if (wanted !== undefined) return opened(disk, named(disk, roots, wanted), "named by `root`");
  if (roots.length === 1) {
    const [root] = roots;
    return opened(
      disk,
      root,
      root.number === undefined ? "the whole disk" : "the only UFS partition",
    );
  }
  const booted = inBootOrder(roots).find(({ root }) => hasLoader(disk, root));
  if (booted === undefined)
    return opened(disk, roots[0], "the first UFS partition; none has a loader");
  const found = opened(disk, booted.root, booted.why);
  requireOwnRoot(disk, roots, found);
  return found;
}

function opened(disk: ImageDisk, root: RootPartition, why: string): BootedRoot {
  return { root, fs: openFileSystem(disk, root), why };
}

function named(disk: ImageDisk, roots: readonly RootPartition[], wanted: string): RootPartition {
  const found =
    roots.find(({ number }) => String(number) === wanted) ??
    roots.find(({ label }) => label === wanted);
  if (found !== undefined) return found;
  throw new LaneError(
    "root-not-found",
    `${disk.name}: found no UFS partition "${wanted}" among: ${roots.map(describe).join(", ")}`,
    { facts: { path: disk.name, wanted } },
  );
}

/** Attributes of a GPT entry (sys/disk/gpt.h). */
const BOOT_ME = 1n << 59n;
const BOOT_ONCE = 1n << 58n;

interface Candidate {
  readonly root: RootPartition;
  readonly why: string;
}

function inBootOrder(roots: readonly RootPartition[]): readonly Candidate[] {
  const isMarked = ({ attributes }: RootPartition) => (attributes & BOOT_ME) !== 0n;
  const isOnce = ({ attributes }: RootPartition) => (attributes & BOOT_ONCE) !== 0n;
  const once = roots.filter((root) => isMarked(root) && isOnce(root));
  const marked = roots.filter((root) => isMarked(root) && !isOnce(root));
  return [
    ...once.map((root) => ({ root, why: "marked bootonce" })),
    ...marked.map((root) => ({ root, why: "marked bootme" })),
    ...roots.map((root) => ({ root, why: "the first UFS partition with a loader" })),
  ];
}

/** A partition that cannot be read has none. */
function hasLoader(disk: ImageDisk, root: RootPartition): boolean {
  try {
    const files = guestFiles(openFileSystem(disk, root));
    return ["/boot/loader", "/boot/loader.efi", "/boot/defaults/loader.conf"].some(
      (path) => files.typeAt(path) === "file",
    );
  } catch (error) {
    if (error instanceof LaneError) return false;
    throw error;
  }
}

function requireOwnRoot(
  disk: ImageDisk,
  roots: readonly RootPartition[],
  { root, fs }: BootedRoot,
): void {
  const device = rootDevice(guestFiles(fs));
  const other = roots.find(
    (one) => one !== root && device !== undefined && isDevice(disk, one, device),
  );
  if (other === undefined) return;
  throw new LaneError(
    "root-elsewhere",
    `${disk.name}: partition ${describe(root)} has the loader, and its /etc/fstab mounts / from ${device}, which is partition ${describe(other)}`,
    { facts: { path: disk.name, device } },
  );
}

/** The device that fstab(5) mounts at `/`. */
function rootDevice(files: GuestFiles): string | undefined {
  const lines = (files.readText("/etc/fstab") ?? "").split("\n");
  return lines
    .map((line) => line.trim().split(/\s+/))
    .find(([, mountPoint]) => mountPoint === "/")?.[0];
}

/** Whether a device's name in the guest means this partition: by its label, its GUID, its volume's name or its number on the first disk. */
function isDevice(disk: ImageDisk, root: RootPartition, device: string): boolean {
  const [, folder, name] = /^\/dev\/(?:(gpt|gptid|ufs)\/)?(.+)$/.exec(device) ?? [];
  if (name === undefined) return false;
  if (folder === "gpt") return root.label === name;
  if (folder === "gptid") return root.guid === name.toLowerCase();
  if (folder === "ufs") return volumeOf(disk, root) === name;
  return /^[a-z]+0p(\d+)$/.exec(name)?.[1] === String(root.number);
}

function volumeOf(disk: ImageDisk, root: RootPartition): string | undefined {
  try {
    return openFileSystem(disk, root).superblock.volumeName;
  } catch (error) {
    if (error instanceof LaneError) return undefined;
    throw error;
  }
}

function describe({ number, label }: RootPartition): string {
  if (number === undefined) return "none";
  return label === "" ? String(number) : `${number} "${label}"`;
}
