/**
 * Brings a frozen guest back: the machine as it stood when its kernel died, with a debugger's stub. What is kept is only read, so that any
 * number of autopsies can go on at once, and each leaves the scene as it was.
 */
import { randomUUID } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openImage } from "../../disk/open-image.js";
import { encodeOverlay, writeOverlay } from "../../disk/qcow2/overlay.js";
import { openHold } from "../../host/ledger.js";
import { refuseFailedEnd } from "../../machine/failed-end.js";
import type { Disk, DiskBoot, Machine, MachineEnd, MachineSpec } from "../../machine/machine.js";
import { chooseAccel } from "../../machine/qemu/accelerator.js";
import { findQemu } from "../../machine/qemu/binary.js";
import { openQemu } from "../../machine/qemu/qemu.js";
import { QEMU_PROGRAM } from "../host-facts.js";
import type { FrozenGuest } from "./description.js";
import { requireSameHost } from "./find.js";

export interface AutopsyListener {
  /** The machine is back, and waits for a debugger on this port of the loopback address. */
  readonly ready: (port: number) => void;
  /** What the guest prints, should the debugger let it go on. */
  readonly console: (bytes: Uint8Array) => void;
}

/**
 * Until the signal comes, or the machine ends: a debugger may kill it.
 *
 * @throws LaneError `scene-of-another-host`, `accel-unusable`, `checkpoint-damaged`, `debugger-port`, `disk-full` (host)
 */
export async function performAutopsy(
  frozen: FrozenGuest,
  listener: AutopsyListener,
  signal: AbortSignal,
): Promise<MachineEnd> {
  const qemu = await findQemu(QEMU_PROGRAM);
  requireSameHost(frozen, { hypervisor: `QEMU ${qemu.version}` });
  await chooseAccel(frozen.description.machine.accel, qemu, true);
  signal.throwIfAborted();
  const folder = mkdtempSync(join(tmpdir(), "kernlane-autopsy-"));
  const spec = planAutopsy(frozen, folder);
  await using hold = await openHold(spec.name, [folder]);
  writeOverlays(frozen, spec.disks);
  await using machine = await openQemu(qemu.path).start(spec);
  hold.follow(machine);
  const end = await watch(machine, listener, signal);
  refuseFailedEnd(end);
  return end;
}

async function watch(
  machine: Machine,
  listener: AutopsyListener,
  signal: AbortSignal,
): Promise<MachineEnd> {
  machine.console.on("data", listener.console);
  machine.channel.resume();
  machine.port?.resume();
  const stop = (): void => void machine.stop();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const port = await machine.debugPort;
  if (port !== undefined && !signal.aborted) listener.ready(port);
  const end = await machine.ended;
  signal.removeEventListener("abort", stop);
  return end;
}

/**
 * The machine that was frozen, under another name and with new disks over those that were kept. Its kernel is in its memory.
 *
 * @param folder where the disks go
 */
export function planAutopsy({ description, saved }: FrozenGuest, folder: string): MachineSpec {
  const { name, firmware = "bios", disks, ...machine } = description.machine;
  const boot: DiskBoot = { kind: "disk", firmware };
  return {
    ...machine,
    name: `${name}-autopsy-${randomUUID().slice(0, 8)}`,
    boot,
    disks: disks.map(({ sectorBytes }, index): Disk => ({
      path: join(folder, `disk-${index}.qcow2`),
      format: "qcow2",
      ...(sectorBytes === undefined ? {} : { sectorBytes }),
    })),
    saved,
    holdsAtReset: true,
    waitsForDebugger: true,
    extraArgs: [],
  };
}

function writeOverlays({ description, saved }: FrozenGuest, disks: readonly Disk[]): void {
  for (const [index, { path }] of disks.entries()) {
    const kept = { path: saved.disks[index]!, format: description.machine.disks[index]!.format };
    using disk = openImage(kept.path);
    writeOverlay(path, encodeOverlay(disk, kept, []));
  }
}
