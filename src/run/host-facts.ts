/**
 * Where guests and hypervisors meet: which of each a request means, and what a plan has to know of this host. Facts are plain
 * data; {@link guestOf} and {@link hypervisorOf} make of them what acts.
 */
import { LaneError } from "../base/errors.js";
import type { GuestFamily } from "../base/family.js";
import { openFreebsd } from "../guests/freebsd/freebsd.js";
import type { Guest } from "../guests/guest.js";
import { refuseImageInUse } from "../guests/image-in-use.js";
import { openLinux } from "../guests/linux/linux.js";
import type { HypervisorRequest, RunRequest } from "../lane/request.js";
import type { BhyveHost } from "../machine/bhyve/args.js";
import { openBhyve } from "../machine/bhyve/bhyve.js";
import { findBhyve } from "../machine/bhyve/host.js";
import type { Hypervisor } from "../machine/machine.js";
import { chooseAccel, type AccelChoice } from "../machine/qemu/accelerator.js";
import { findQemu, type QemuBinary } from "../machine/qemu/binary.js";
import { openQemu } from "../machine/qemu/qemu.js";

export const QEMU_PROGRAM = "qemu-system-x86_64";

/** A hypervisor as it was found on this host. */
export type FoundHypervisor =
  | { readonly name: "qemu"; readonly qemu: QemuBinary }
  | { readonly name: "bhyve"; readonly bhyve: BhyveHost };

export interface HostFacts {
  readonly hypervisor: FoundHypervisor;
  /** Such as `QEMU 7.2.22`. */
  readonly hypervisorVersion: string;
  readonly accel: AccelChoice;
  readonly now: Date;
}

const guests: Readonly<Record<GuestFamily, (request: RunRequest) => Guest>> = {
  linux: ({ mode, freeze, commandLine }) =>
    // A debugger knows the kernel's addresses as they were linked.
    openLinux(mode === "debug" || freeze ? `nokaslr ${commandLine}`.trim() : commandLine),
  freebsd: (request) =>
    openFreebsd({
      image: imageOf(request),
      probeAt: request.probeAt,
      writableRoot: request.writableRoot,
      ...(request.boot === undefined ? {} : { boot: request.boot }),
      ...(request.root === undefined ? {} : { root: request.root }),
      ...(request.firmware === undefined ? {} : { firmware: request.firmware }),
    }),
};

/** @throws LaneError `image-missing` (usage) */
export function guestOf(request: RunRequest): Guest {
  return guests[request.guest](request);
}

export function hypervisorOf(found: FoundHypervisor): Hypervisor {
  switch (found.name) {
    case "qemu":
      return openQemu(found.qemu.path);
    case "bhyve":
      return openBhyve(found.bhyve);
  }
}

/**
 * @param prove whether an accelerator that was never tried on this host may be tried now, and a virtual machine made to see whether
 *   this user may: a run may, a plan only looks
 * @throws LaneError (host) when this machine cannot run the request, `image-missing` (usage), `image-in-use` (image)
 */
export async function findHostFacts(request: RunRequest, prove: boolean): Promise<HostFacts> {
  const { bootsFrom } = guestOf(request);
  await refuseBusyImage(request);
  const { hypervisor, accel } = request;
  const chosen = await chooseHypervisor(hypervisor, accel, bootsFrom, prove);
  return { ...chosen, now: new Date() };
}

/** @throws LaneError `image-in-use` (image) */
export async function refuseBusyImage({ image }: RunRequest): Promise<void> {
  if (image !== undefined) await refuseImageInUse(image);
}

/**
 * On FreeBSD hosts `auto` is bhyve for guests that boot from a disk, and QEMU where bhyve cannot be used but QEMU can.
 *
 * @param prove see {@link findHostFacts}
 */
export async function chooseHypervisor(
  request: HypervisorRequest,
  accel: RunRequest["accel"],
  bootsFrom: Guest["bootsFrom"],
  prove: boolean,
): Promise<Omit<HostFacts, "now">> {
  if (request === "bhyve") return bhyve(accel, prove);
  const bhyveFirst =
    request === "auto" &&
    accel === "auto" &&
    bootsFrom === "disk" &&
    process.platform === "freebsd";
  if (!bhyveFirst) return qemu(accel, prove);
  try {
    return await bhyve(accel, prove);
  } catch (why) {
    return qemu(accel, prove).catch(() => {
      throw why;
    });
  }
}

async function qemu(accel: RunRequest["accel"], prove: boolean): Promise<Omit<HostFacts, "now">> {
  const found = await findQemu(QEMU_PROGRAM);
  return {
    hypervisor: { name: "qemu", qemu: found },
    hypervisorVersion: `QEMU ${found.version}`,
    accel: await chooseAccel(accel, found, prove),
  };
}

async function bhyve(accel: RunRequest["accel"], prove: boolean): Promise<Omit<HostFacts, "now">> {
  if (accel !== "auto") {
    throw new LaneError(
      "accel-not-for-bhyve",
      `--accel ${accel}: bhyve has no accelerator to choose, it always runs under vmm`,
    );
  }
  const host = await findBhyve({}, prove);
  return {
    hypervisor: { name: "bhyve", bhyve: host },
    hypervisorVersion: `bhyve of ${host.version}`,
    accel: { accel: "vmm", why: "bhyve runs under it" },
  };
}

function imageOf({ lane, image }: RunRequest): string {
  if (image !== undefined) return image;
  throw new LaneError(
    "image-missing",
    `the lane "${lane}" boots FreeBSD from a disk image, and none was given`,
  );
}
