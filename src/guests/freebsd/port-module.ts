/**
 * The driver of virtio-serial ports in a FreeBSD guest: `virtio_console`, which GENERIC does not have built in. Its module lies in
 * /boot/kernel of every official image.
 *
 * Source: FreeBSD `sys/dev/virtio/console/virtio_console.c`, `sys/sys/module.h` (`MODULE_KERNEL_MAXVER`, `KLD_TIED`).
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { LaneError } from "../../base/errors.js";
import { memorySource, type ByteSource } from "../../binary/byte-source.js";
import { readElf } from "../../binary/elf.js";
import type { FreebsdKernel } from "../../binary/freebsd-kernel.js";
import { moduleMetadata } from "../../binary/module-metadata.js";
import { windowedSource } from "../../binary/windowed-source.js";
import type { GuestFiles } from "./guest-files.js";

const NAME = "virtio_console";
const MODULE = `${NAME}.ko`;
const IN_IMAGE = `/boot/kernel/${MODULE}`;

/** With these the kernel reports what code does that was not built with them. */
const WANT_OWN_MODULES = ["KMSAN"];

/** What the loader is told where there is such a module; another file may say otherwise. */
export const PORT_VARIABLES = { virtio_console_load: "YES" } as const;

type Opens = Pick<GuestFiles, "open">;

/** The module for the image's own kernel, as a path of the guest. */
export function ownPortModule(image: Opens): string | undefined {
  return isDriver(image.open(IN_IMAGE)) ? IN_IMAGE : undefined;
}

/**
 * The module for a kernel in a slot: its own, else the image's where that fits it.
 *
 * @param own the image's own kernel, which its modules were built with
 * @param staged files of the host that are put beside the kernel
 */
export function slotPortModule(
  image: Opens,
  own: FreebsdKernel | undefined,
  kernel: FreebsdKernel,
  { slot, staged }: { readonly slot: string; readonly staged: readonly string[] },
): string | undefined {
  const built = staged.find((path) => basename(path) === MODULE);
  if (built !== undefined) {
    // It comes before the image's, whatever it is.
    return isDriver(memorySource(readFileSync(built))) ? `/boot/${slot}/${MODULE}` : undefined;
  }
  return own && mayFit(own, kernel) ? ownPortModule(image) : undefined;
}

/** What is damaged is not loaded: the guest does without. */
function isDriver(file: ByteSource | undefined): boolean {
  if (file === undefined) return false;
  try {
    const elf = readElf(windowedSource(file));
    return elf?.type === "relocatable" && moduleMetadata(elf).provides.includes(NAME);
  } catch (error) {
    if (error instanceof LaneError) return false;
    throw error;
  }
}

/**
 * The modules of a release may be loaded into later kernels of its stable branch; one that was tied to its own kernel is refused
 * there, and com2 is taken. Between stable branches structures change at any time.
 */
function mayFit(own: FreebsdKernel, kernel: FreebsdKernel): boolean {
  if (WANT_OWN_MODULES.some((name) => kernel.options?.includes(name))) return false;
  if (kernel.osreldate === own.osreldate) return true;
  const isCurrent = [own, kernel].some(({ release }) => release.includes("CURRENT"));
  return !isCurrent && majorOf(kernel) === majorOf(own) && kernel.osreldate > own.osreldate;
}

/** Of `__FreeBSD_version`: 15 of 1500068. */
function majorOf({ osreldate }: FreebsdKernel): number {
  return Math.floor(osreldate / 100_000);
}
