/**
 * Saves a machine of QEMU's into files while its guest stands still, and lets it go on if it ran.
 */
import { once } from "node:events";
import { createWriteStream, mkdtempSync } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { LaneError, messageOf } from "../../base/errors.js";
import { openHold } from "../../host/ledger.js";
import { copySparse } from "../../host/sparse-copy.js";
import type { Disk, SavedMachine } from "../machine.js";
import type { QemuMachine } from "./machine.js";
import { migrate } from "./migrate.js";

/** The unit in which stat(2) counts the space that a file takes. */
const BLOCK_BYTES = 512;

/**
 * @param memory the file that QEMU shares the guest's memory with
 * @param disks which QEMU writes to
 * @throws LaneError `checkpoint-failed` (host)
 */
export async function saveQemu(
  qemu: QemuMachine,
  memory: FileHandle,
  disks: readonly Disk[],
  to: SavedMachine,
): Promise<void> {
  const wasRunning = await withFailures(() => isRunning(qemu));
  await withFailures(() => qemu.qmp.execute("stop"));
  try {
    await withFailures(async () => {
      await saveState(qemu, to.state);
      // The migration has flushed the disks, and nothing writes to them or to the memory before the guest goes on.
      await copySparse(memory, to.memory);
      for (const [index, path] of to.disks.entries()) {
        await using disk = await open(disks[index]!.path);
        await copySparse(disk, path);
      }
    });
  } finally {
    // Of a machine that is gone by now its end will be told.
    if (wasRunning) await qemu.qmp.execute("cont").catch(() => undefined);
  }
}

/** What {@link saveQemu} writes, but for processors and devices, which take half a megabyte. */
export async function savedBytes(memory: FileHandle, disks: readonly Disk[]): Promise<number> {
  const sizes = [memory.stat(), ...disks.map(({ path }) => stat(path))];
  return (await Promise.all(sizes)).reduce((sum, { blocks }) => sum + blocks * BLOCK_BYTES, 0);
}

async function isRunning({ qmp }: QemuMachine): Promise<boolean> {
  return ((await qmp.execute("query-status")) as { running: boolean }).running;
}

async function withFailures<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LaneError && error.code === "checkpoint-failed") throw error;
    throw failed(messageOf(error), error);
  }
}

/** QEMU takes a socket by its path, which may have some hundred bytes: the user's folders are too long for it. */
async function saveState(qemu: QemuMachine, to: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "kernlane-"));
  const hold = await openHold("a checkpoint's socket", [folder]);
  const path = join(folder, "state");
  const server = createServer();
  try {
    await once(server.listen(path), "listening");
    const troubles: unknown[] = [];
    const received = receive(server, to).catch((error: unknown) => troubles.push(error));
    const why = await migrate(qemu, "migrate", `unix:${path}`);
    if (why === undefined) await received;
    // A file that could not be written is why QEMU could not go on.
    if (troubles.length > 0) throw failed(messageOf(troubles[0]), troubles[0]);
    if (why !== undefined) throw failed(why);
  } finally {
    server.close();
    await hold[Symbol.asyncDispose]();
  }
}

async function receive(server: Server, to: string): Promise<void> {
  const [socket] = (await once(server, "connection")) as [Socket];
  await pipeline(socket, createWriteStream(to, { flags: "wx", mode: 0o600 }));
}

function failed(reason: string, cause?: unknown): LaneError {
  return new LaneError("checkpoint-failed", `the guest could not be saved: ${reason}`, {
    hint: "a device of your own in the machine's arguments may be one that QEMU cannot save",
    cause,
  });
}
