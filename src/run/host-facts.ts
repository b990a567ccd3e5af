/**
 * What a plan has to know of this host: which hypervisor, which accelerator, and how they were chosen.
 */
import { LaneError } from "../base/errors.js";
import type { GuestFamily } from "../base/family.js";
import type { Guest } from "../guests/guest.js";
import { linux } from "../guests/linux.js";
import { chooseAccel } from "../hypervisors/accelerator.js";
import { findQemu } from "../hypervisors/qemu-binary.js";
import { openQemu } from "../hypervisors/qemu.js";
import type { HostFacts } from "./plan.js";
import type { RunRequest } from "./request.js";

export const QEMU_PROGRAM = "qemu-system-x86_64";

/** The guest families that can be booted. */
const guests: Readonly<Partial<Record<GuestFamily, Guest>>> = { linux };

/**
 * @param forRun whether this is for a run, which may try an accelerator and fetch a kernel; a plan only looks
 * @throws LaneError (host) when this machine cannot run the request
 */
export async function findHostFacts(request: RunRequest, forRun: boolean): Promise<HostFacts> {
  const guest = guestOf(request.guest);
  if (request.hypervisor === "bhyve") throw noBhyve();
  const qemu = await findQemu(QEMU_PROGRAM);
  return {
    guest,
    hypervisor: openQemu(qemu.path),
    hypervisorVersion: `QEMU ${qemu.version}`,
    accel: await chooseAccel(request.accel, qemu, forRun),
    now: new Date(),
    mayFetch: forRun,
  };
}

function guestOf(family: GuestFamily): Guest {
  const guest = guests[family];
  if (guest) return guest;
  throw new LaneError({
    code: "guest-unsupported",
    who: "usage",
    message: `guest: "${family}" guests cannot be booted by this version, expected ${Object.keys(guests).join(" or ")}`,
  });
}

function noBhyve(): LaneError {
  return new LaneError({
    code: "bhyve-unavailable",
    who: "host",
    message: `--hypervisor bhyve: this version boots guests under QEMU only; this host is ${process.platform}`,
    hint: "use --hypervisor auto or --hypervisor qemu",
  });
}
