/**
 * An image booted as it is, for looking at its console: no probe, no verdict. The image itself is not written; what the guest
 * writes goes with the machine.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireRawImage } from "../disk/raw-image.js";
import { openImage } from "../disk/open-image.js";
import { bootOfDisk } from "../guests/disk-boot.js";
import { refuseImageInUse } from "../guests/image-in-use.js";
import { writeStagedDisk } from "../guests/write-disk.js";
import { openHold, sweepLedger } from "../host/ledger.js";
import type { Disk, DiskBoot, MachineEnd, MachineSpec } from "../machine/machine.js";
import { refuseFailedEnd } from "../machine/failed-end.js";
import { settledEnd } from "../machine/settle-end.js";
import { chooseHypervisor, hypervisorOf } from "./host-facts.js";
import { machineCpus } from "./machine-cpus.js";
import { openPowerOffSign } from "./power-off-sign.js";
import type { RunRequest } from "../lane/request.js";

export interface BootRequest extends Pick<
  RunRequest,
  "hypervisor" | "accel" | "cpus" | "memoryMiB"
> {
  readonly image: string;
}

export interface BootListener {
  readonly console: (bytes: Uint8Array) => void;
  readonly notice: (sentence: string) => void;
}

/**
 * @returns how the machine ended
 * @throws LaneError (image) for what is no disk image, (host) for a machine that cannot be started
 */
export async function bootImage(
  request: BootRequest,
  listener: BootListener,
  signal: AbortSignal,
): Promise<MachineEnd> {
  for (const sentence of await sweepLedger()) listener.notice(sentence);
  const chosen = await chooseHypervisor(request.hypervisor, request.accel, "disk", true);
  const { accel } = chosen;
  const hypervisor = hypervisorOf(chosen.hypervisor);
  const { base, boot } = readDisk(request.image, hypervisor.needsBootCode);
  await refuseImageInUse(request.image);
  listener.notice(`${chosen.hypervisorVersion}, ${accel.accel} (${accel.why})`);
  const folder = join(tmpdir(), `kernlane-boot-${randomBytes(6).toString("hex")}`);
  const format = hypervisor.diskFormat;
  const path = join(folder, `disk.${format}`);
  const spec: MachineSpec = {
    name: `kernlane-boot-${process.pid}`,
    arch: "amd64",
    cpus: machineCpus(request, hypervisor).cpus,
    memoryMiB: request.memoryMiB,
    boot,
    disks: [{ ...base, path, format }],
    accel: accel.accel,
    extraArgs: [],
  };
  await using hold = await openHold(spec.name, [folder], hypervisor.heldVms(spec));
  mkdirSync(folder, { mode: 0o700 });
  await writeStagedDisk({ path, format, base, edits: [] }, signal);
  await using machine = await hypervisor.start(spec);
  hold.follow(machine);
  const sign = openPowerOffSign();
  machine.console.on("data", (bytes: Buffer) => {
    sign.console(bytes);
    listener.console(bytes);
  });
  machine.channel.resume();
  const stop = (): void => void machine.stop();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const end = settledEnd(await machine.ended, sign.seen);
  signal.removeEventListener("abort", stop);
  refuseFailedEnd(end);
  return end;
}

function readDisk(
  path: string,
  needsBootCode: boolean,
): { readonly base: Disk; readonly boot: DiskBoot } {
  using image = openImage(path);
  requireRawImage(image);
  const { format, sectorBytes } = image;
  const boot = bootOfDisk(image, { needsBootCode });
  return { base: { path: realpathSync(path), format, sectorBytes }, boot };
}
