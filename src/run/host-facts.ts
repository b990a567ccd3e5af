/**
 * What a plan has to know of this host: which guest, which hypervisor, which accelerator, and how they were chosen.
 */
import { LaneError } from "../base/errors.js";
import { openFreebsd } from "../guests/freebsd/freebsd.js";
import type { Guest } from "../guests/guest.js";
import { refuseImageInUse } from "../guests/image-in-use.js";
import { openLinux } from "../guests/linux/linux.js";
import { chooseAccel, type AccelChoice } from "../machine/qemu/accelerator.js";
import { findBhyve } from "../machine/bhyve/host.js";
import { openBhyve } from "../machine/bhyve/bhyve.js";
import type { Hypervisor } from "../machine/machine.js";
import { findQemu } from "../machine/qemu/binary.js";
import { openQemu } from "../machine/qemu/qemu.js";
import type { HostFacts } from "./plan.js";
import type { HypervisorRequest, RunRequest } from "../lane/request.js";

export const QEMU_PROGRAM = "qemu-system-x86_64";

/** What runs a machine here. */
export interface ChosenHypervisor {
  readonly hypervisor: Hypervisor;
  /** Such as `QEMU 7.2.22`. */
  readonly hypervisorVersion: string;
  readonly accel: AccelChoice;
}

/**
 * @param forRun whether this is for a run, which may try an accelerator and fetch a kernel; a plan only looks
 * @throws LaneError (host) when this machine cannot run the request, `image-missing` (usage), (image) for a base image
 *   that cannot be used
 */
export async function findHostFacts(request: RunRequest, forRun: boolean): Promise<HostFacts> {
  const guest = await openGuest(request);
  return {
    guest,
    ...(await chooseHypervisor(request.hypervisor, request.accel, guest.bootsFrom, forRun)),
    now: new Date(),
    mayFetch: forRun,
  };
}

/** @throws LaneError `image-missing` (usage), `image-in-use` (image) */
export async function openGuest(request: RunRequest): Promise<Guest> {
  if (request.guest === "linux") {
    // A debugger knows the kernel's addresses as they were linked.
    const { commandLine, waitsForDebugger } = request;
    return openLinux(waitsForDebugger ? `nokaslr ${commandLine}`.trim() : commandLine);
  }
  if (request.image === undefined) throw imageMissing(request.lane);
  await refuseImageInUse(request.image);
  return openFreebsd({
    image: request.image,
    probeAt: request.probeAt,
    ...(request.firmware === undefined ? {} : { firmware: request.firmware }),
  });
}

/**
 * On FreeBSD hosts `auto` is bhyve for guests that boot from a disk, and QEMU where bhyve cannot be used but QEMU can.
 *
 * @param prove whether an accelerator that was never tried on this host may be tried now
 */
export async function chooseHypervisor(
  request: HypervisorRequest,
  accel: RunRequest["accel"],
  bootsFrom: Guest["bootsFrom"],
  prove: boolean,
): Promise<ChosenHypervisor> {
  if (request === "bhyve") return bhyve(accel);
  const bhyveFirst =
    request === "auto" &&
    accel === "auto" &&
    bootsFrom === "disk" &&
    process.platform === "freebsd";
  if (!bhyveFirst) return qemu(accel, prove);
  try {
    return await bhyve(accel);
  } catch (why) {
    return qemu(accel, prove).catch(() => {
      throw why;
    });
  }
}

async function qemu(accel: RunRequest["accel"], prove: boolean): Promise<ChosenHypervisor> {
  const found = await findQemu(QEMU_PROGRAM);
  return {
    hypervisor: openQemu(found.path),
    hypervisorVersion: `QEMU ${found.version}`,
    accel: await chooseAccel(accel, found, prove),
  };
}

async function bhyve(accel: RunRequest["accel"]): Promise<ChosenHypervisor> {
  if (accel !== "auto") {
    throw new LaneError(
      "accel-not-for-bhyve",
      `--accel ${accel}: bhyve has no accelerator to choose, it always runs under vmm`,
    );
  }
  const host = await findBhyve();
  return {
    hypervisor: openBhyve(host),
    hypervisorVersion: `bhyve of ${host.version}`,
    accel: { accel: "vmm", why: "bhyve runs under it" },
  };
}

function imageMissing(lane: string): LaneError {
  return new LaneError(
    "image-missing",
    `the lane "${lane}" boots FreeBSD from a disk image, and none was given`,
  );
}
