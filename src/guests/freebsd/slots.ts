/**
 * The kernels that are in a FreeBSD image: every directory of /boot with a kernel in it, as the loader's own
 * `kernels_autodetect` finds them.
 */
import { LaneError } from "../../base/errors.js";
import { identifyFreebsdKernel, type FreebsdKernel } from "../../binary/freebsd-kernel.js";
import { openFile } from "../../disk/ufs2/content.js";
import { typeOfMode, type Inode } from "../../disk/ufs2/inode.js";
import { findInode } from "../../disk/ufs2/lookup.js";
import type { FreebsdImage } from "./image.js";

export interface KernelSlot {
  /** Of the directory under /boot, which `kernel="…"` names: `kernel`, `TWQDEBUG`. */
  readonly name: string;
  /** Of the kernel file: `/boot/kernel/kernel`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** `undefined` where it could not be known; `trouble` then says why. */
  readonly kernel: FreebsdKernel | undefined;
  readonly trouble: string | undefined;
}

/** The slot of the image's own kernel. */
export const STOCK_SLOT = "kernel";

/** What the loader takes as a slot's kernel, in its order: it unpacks gzip by itself. */
const FILES = ["kernel", "kernel.gz"] as const;
/** A /boot of FreeBSD has about a dozen names; one with more than this was not made by an installer. */
const MAX_NAMES = 250;

/**
 * The slots by name, `kernel` first. A slot whose kernel cannot be identified (it is compressed, for another machine, or
 * damaged) is among them.
 *
 * @throws LaneError `guest-directory-too-full`, `ufs2-damaged` (image)
 * @example findSlots(image).find(({ name }) => name === "kernel")?.kernel?.ident // "GENERIC"
 */
export function findSlots(image: FreebsdImage): readonly KernelSlot[] {
  const names = image.namesIn("/boot");
  if (names.length > MAX_NAMES) throw tooFull(image, names.length);
  // Names of one directory (links) are one kernel, which is read once.
  const known = new Map<number, Identified>();
  return names
    .flatMap((name) => slotOf(image, name, known) ?? [])
    .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

/**
 * One slot by its name, without a look at the others, or `undefined` where there is no such kernel.
 *
 * @throws LaneError `ufs2-damaged` (image)
 */
export function findSlot(image: FreebsdImage, name: string): KernelSlot | undefined {
  return slotOf(image, name, new Map());
}

type Identified = Pick<KernelSlot, "kernel" | "trouble">;

function slotOf(
  image: FreebsdImage,
  name: string,
  known: Map<number, Identified>,
): KernelSlot | undefined {
  if (image.typeAt(`/boot/${name}`) !== "directory") return undefined;
  for (const file of FILES) {
    const path = `/boot/${name}/${file}`;
    const inode = findInode(image.fs, path);
    if (inode === undefined || typeOfMode(inode.mode) !== "file") continue;
    const identified = known.get(inode.number) ?? identify(image, inode, path);
    known.set(inode.number, identified);
    return { name, path, sizeBytes: inode.sizeBytes, ...identified };
  }
  return undefined;
}

function identify(image: FreebsdImage, inode: Inode, path: string): Identified {
  try {
    const kernel = identifyFreebsdKernel(openFile(image.fs, inode, { name: path }));
    return { kernel, trouble: undefined };
  } catch (error) {
    if (!(error instanceof LaneError)) throw error;
    return { kernel: undefined, trouble: error.message };
  }
}

function rank({ name }: KernelSlot): number {
  return name === "kernel" ? 0 : 1;
}

function tooFull(image: FreebsdImage, count: number): LaneError {
  return new LaneError(
    "guest-directory-too-full",
    `${image.path}: /boot in the guest has ${count} names, expected at most ${MAX_NAMES}`,
    { facts: { path: image.path, count } },
  );
}
