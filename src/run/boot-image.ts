/**
 * An image booted as it is, for looking at its console: no probe, no verdict. The image itself is not written; what the guest
 * writes goes with the machine.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LaneError } from "../base/errors.js";
import { requireRawImage } from "../disk/raw-image.js";
import { openImage, type ImageDisk } from "../disk/open-image.js";
import { readPartitionTable } from "../disk/gpt/partition-table.js";
import { firmwareFor } from "../guests/freebsd/freebsd.js";
import { refuseImageInUse } from "../guests/image-in-use.js";
import { writeStagedDisk } from "../guests/write-disk.js";
import { openHold, sweepLedger } from "../host/ledger.js";
import type { Disk, DiskBoot, MachineEnd, MachineSpec } from "../machine/machine.js";
import { refuseFailedEnd } from "../machine/failed-end.js";
import { chooseHypervisor, hypervisorOf } from "./host-facts.js";
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
  const { format: baseFormat, firmware } = lookAt(request.image);
  await refuseImageInUse(request.image);
  const base: Disk = { path: realpathSync(request.image), format: baseFormat };
  const chosen = await chooseHypervisor(request.hypervisor, request.accel, "disk", true);
  const { accel } = chosen;
  const hypervisor = hypervisorOf(chosen.hypervisor);
  listener.notice(`${chosen.hypervisorVersion}, ${accel.accel} (${accel.why})`);
  const folder = join(tmpdir(), `kernlane-boot-${randomBytes(6).toString("hex")}`);
  const format = hypervisor.diskFormat;
  const path = join(folder, `disk.${format}`);
  const spec: MachineSpec = {
    name: `kernlane-boot-${process.pid}`,
    arch: "amd64",
    cpus: request.cpus,
    memoryMiB: request.memoryMiB,
    boot: { kind: "disk", firmware },
    disks: [{ path, format }],
    accel: accel.accel,
    extraArgs: [],
  };
  await using hold = await openHold(spec.name, [folder], hypervisor.heldVms(spec));
  mkdirSync(folder, { mode: 0o700 });
  await writeStagedDisk({ path, format, base, edits: [] }, signal);
  await using machine = await hypervisor.start(spec);
  await hold.addProcess(machine.pid);
  machine.console.on("data", listener.console);
  machine.channel.resume();
  const stop = (): void => void machine.stop();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const end = await machine.ended;
  signal.removeEventListener("abort", stop);
  refuseFailedEnd(end);
  return end;
}

function lookAt(path: string): { format: Disk["format"]; firmware: DiskBoot["firmware"] } {
  using image = openImage(path);
  requireRawImage(image);
  requireBootSector(image);
  return { format: image.format, firmware: firmwareFor(readPartitionTable(image)) };
}

const BOOT_SIGNATURE_AT = 510;

/** No firmware boots a disk without: it would say that there is nothing to boot, on a screen that nobody sees, and wait. */
function requireBootSector(image: ImageDisk): void {
  const isLongEnough = image.sizeBytes >= BOOT_SIGNATURE_AT + 2;
  const bytes = isLongEnough ? image.read(BOOT_SIGNATURE_AT, 2) : new Uint8Array(0);
  const signature = Buffer.from(bytes).toString("hex");
  if (signature === "55aa") return;
  const found = isLongEnough ? signature : `an end after ${image.sizeBytes} bytes`;
  throw new LaneError(
    "image-not-raw",
    `${image.name} is no disk that can be booted: found ${found}, expected 55aa at byte ${BOOT_SIGNATURE_AT}`,
    {
      hint: "give the image of a whole disk, such as kernlane stage makes; a bare file system has no boot sector",
      facts: { path: image.name },
    },
  );
}
