/**
 * The driver of virtio-serial ports in a FreeBSD guest: `virtio_console`, which GENERIC does not have built in. Its module lies in
 * /boot/kernel of every official image.
 *
 * Source: FreeBSD `sys/dev/virtio/console/virtio_console.c`, `sys/sys/module.h` (`MODULE_KERNEL_MAXVER`, `KLD_TIED`).
 */
import { basename } from "node:path";
import type { FreebsdKernel } from "../../binary/freebsd-kernel.js";
import type { FreebsdImage } from "./image.js";

const MODULE = "virtio_console.ko";
const IN_IMAGE = `/boot/kernel/${MODULE}`;

/** With these the kernel reports what code does that was not built with them. */
const WANT_OWN_MODULES = ["KMSAN"];

/** What the loader is told where there is such a module; another file may say otherwise. */
export const PORT_VARIABLES = { virtio_console_load: "YES" } as const;

/** The module for the image's own kernel, as a path of the guest. */
export function ownPortModule(image: Pick<FreebsdImage, "typeAt">): string | undefined {
  return image.typeAt(IN_IMAGE) === "file" ? IN_IMAGE : undefined;
}

/**
 * The module for a kernel in a slot: its own, else the image's where that fits it.
 *
 * @param own the image's own kernel, which its modules were built with
 * @param staged files of the host that are put beside the kernel
 */
export function slotPortModule(
  image: Pick<FreebsdImage, "typeAt">,
  own: FreebsdKernel | undefined,
  kernel: FreebsdKernel,
  { slot, staged }: { readonly slot: string; readonly staged: readonly string[] },
): string | undefined {
  if (staged.some((path) => basename(path) === MODULE)) return `/boot/${slot}/${MODULE}`;
  return own && mayFit(own, kernel) ? ownPortModule(image) : undefined;
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
