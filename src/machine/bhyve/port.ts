/**
 * The virtio-console port of bhyve: a unix socket on which bhyve listens, for one connection at a time.
 *
 *     -s 2,virtio-console,NAME=PATH      in the guest /dev/vtcon/NAME
 *
 * Source: usr.sbin/bhyve/pci_virtio_console.c of FreeBSD 13 to 15. bhyve drops what comes before the guest's driver is there, binds
 * the path itself and leaves it when it ends, and **closes the connection when the guest's 64 buffers are full**, which is why
 * {@link PORT_WINDOW_BYTES} is small and a connection that ends is made again.
 */
import { createHash } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PORT_NAME } from "../../base/port-name.js";
import { runCommand } from "../../host/command.js";
import { withDiskErrors } from "../../host/disk-errors.js";
import { socketFolder } from "../../host/socket-folder.js";
import type { MachineSpec } from "../machine.js";
import type { SerialLine } from "../serial-line.js";
import { connectWhenThere } from "./channel.js";

/** VTCON_RINGSZ buffers, of which each read of bhyve's takes one: so many of the shortest frames, and one left. */
export const PORT_WINDOW_BYTES = 62 * 20;

const SOCKET = "port";
const COMMAND_DEADLINE_MS = 10_000;
/** A port that is closed as soon as it is connected is not asked all the time. */
const AGAIN_MS = 20;

/** Only this user may enter it; of a machine's name, so that a plan can show it. */
export function portFolder({ name }: Pick<MachineSpec, "name">): string {
  const id = createHash("sha256").update(name).digest("hex").slice(0, 12);
  const folder = socketFolder(`kernlane-port-${id}`, SOCKET);
  // bhyve ends a path at a comma and expands %(…) in it.
  return /,|%\(/.test(folder) ? join("/tmp", basename(folder)) : folder;
}

/** @example portDevice(spec) // "2,virtio-console,kernlane.probe=/tmp/kernlane-port-0a1b2c3d4e5f/port" */
export function portDevice(spec: MachineSpec): string {
  return `2,virtio-console,${PORT_NAME}=${socketOf(spec)}`;
}

/** Before bhyve's start: it takes no path that is there already. */
export function clearPort(spec: MachineSpec): void {
  if (!spec.hasPort) return;
  const folder = portFolder(spec);
  withDiskErrors(folder, () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { mode: 0o700 });
  });
}

export function removePort(spec: MachineSpec): void {
  if (spec.hasPort) rmSync(portFolder(spec), { recursive: true, force: true });
}

/**
 * Settles when bhyve is gone.
 *
 * @param asRoot by which a bhyve of root's was started: its socket is root's too, and is then given to everybody who may enter the
 *   folder
 */
export async function attachPort(
  spec: MachineSpec,
  line: SerialLine,
  asRoot: readonly string[],
  exited: Promise<unknown>,
): Promise<void> {
  if (!spec.hasPort) return;
  const path = socketOf(spec);
  const open = async (): Promise<void> => {
    if (asRoot.length === 0) return;
    const argv = [...asRoot, "chmod", "0666", path];
    await runCommand({ argv }, COMMAND_DEADLINE_MS).catch(() => undefined);
  };
  for (;;) {
    const socket = await connectWhenThere(path, exited, open);
    if (socket === undefined) return;
    await line.attach(socket);
    await delay(AGAIN_MS);
  }
}

function socketOf(spec: MachineSpec): string {
  return join(portFolder(spec), SOCKET);
}
