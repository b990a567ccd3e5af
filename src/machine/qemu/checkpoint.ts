/**
 * Machines that can be saved, and that go on from what was saved, by QEMU's migration (docs/devel/migration in QEMU's tree).
 *
 * The guest's memory is a file that QEMU shares (`share=on`); the migration leaves out what is shared (`x-ignore-shared`), so
 * that its stream holds processors and devices alone, some 400 KB. Beside it the memory is kept as a sparse file. A machine
 * that goes on maps that file privately: nothing is read before the guest touches it, and all share its pages.
 */
import { closeSync, openSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { LaneError } from "../../base/errors.js";
import { startProcess } from "../../host/process.js";
import { copySparse } from "../../host/sparse-copy.js";
import { refuseFailedEnd } from "../failed-end.js";
import type { Machine, MachineSpec, SavedMachine } from "../machine.js";
import { socketCount } from "./args.js";
import { watchQemu, type QemuMachine } from "./machine.js";
import { openDebugger } from "./debugger.js";
import { dumpQemu } from "./dump.js";
import { migrate } from "./migrate.js";
import { savedBytes, saveQemu } from "./save.js";

/**
 * @param argv of `qemu-args.ts` for this spec
 * @throws LaneError as {@link Hypervisor.start} says
 */
export async function startQemu(argv: readonly string[], spec: MachineSpec): Promise<Machine> {
  const { saved, memoryFile } = spec;
  try {
    if (saved) await lookAt(spec, saved);
    const qemu = await spawnQemu(argv, spec);
    try {
      if (saved) await goOn(qemu, spec, saved);
      return {
        ...qemu.machine,
        ...(spec.waitsForDebugger ? await debuggable(qemu) : {}),
        ...(memoryFile === undefined ? {} : await savable(qemu, memoryFile, spec)),
        ...(spec.holdsAtReset ? holdable(qemu) : {}),
      };
    } catch (error) {
      await qemu.machine[Symbol.asyncDispose]();
      throw error;
    }
  } finally {
    // From here on the file has no name: it ends with the two that have it open.
    if (memoryFile !== undefined) rmSync(memoryFile, { force: true });
  }
}

/** QEMU would make a memory file of another length as long as it should be, and a guest's memory would end in zeros. */
async function lookAt({ memoryMiB, memoryFile }: MachineSpec, saved: SavedMachine): Promise<void> {
  for (const path of [saved.memory, saved.state, ...saved.disks]) {
    const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size;
    if (sizeBytes === undefined) throw damaged(path, "it is missing");
    const expectedBytes = memoryMiB * 1024 * 1024;
    if (path === saved.memory && sizeBytes !== expectedBytes)
      throw damaged(path, `it has ${sizeBytes} bytes, expected ${expectedBytes}`);
  }
  if (memoryFile === undefined) return;
  await using kept = await open(saved.memory);
  await copySparse(kept, memoryFile);
}

async function spawnQemu(argv: readonly string[], spec: MachineSpec): Promise<QemuMachine> {
  const descriptors = spec.saved ? [openSync(spec.saved.state, "r")] : [];
  try {
    const sockets = socketCount(spec);
    return watchQemu(
      await startProcess({ argv, sockets, descriptors, guarded: true }),
      spec.holdsAtReset,
    );
  } finally {
    descriptors.forEach((descriptor) => closeSync(descriptor));
  }
}

async function goOn(qemu: QemuMachine, spec: MachineSpec, { state }: SavedMachine): Promise<void> {
  // The open file is behind the sockets.
  const why = await migrate(qemu, "migrate-incoming", `fd:${3 + socketCount(spec)}`);
  if (why !== undefined) throw damaged(state, why);
  if (!spec.waitsForDebugger) await qemu.qmp.execute("cont");
}

async function debuggable({ machine, qmp }: QemuMachine): Promise<Pick<Machine, "debugPort">> {
  try {
    const port = await openDebugger(qmp);
    return { debugPort: Promise.resolve(port) };
  } catch (error) {
    if (error instanceof LaneError && error.code === "qmp-closed")
      refuseFailedEnd(await machine.ended);
    throw error;
  }
}

function holdable(qemu: QemuMachine): Pick<Machine, "pause" | "dumpMemory"> {
  return {
    pause: () => qemu.qmp.execute("stop").then(() => undefined),
    dumpMemory: (to, told) => dumpQemu(qemu, to, told),
  };
}

async function savable(
  qemu: QemuMachine,
  memoryFile: string,
  { disks }: MachineSpec,
): Promise<Pick<Machine, "save" | "savedBytes">> {
  const { machine, qmp } = qemu;
  try {
    // Answered once the machine is made, and its memory mapped.
    await qmp.execute("query-status");
  } catch (error) {
    refuseFailedEnd(await machine.ended);
    throw error;
  }
  const memory = await open(memoryFile);
  void machine.ended.then(() => memory.close());
  return {
    save: (to) => saveQemu(qemu, memory, disks, to),
    savedBytes: () => savedBytes(memory, disks),
  };
}

function damaged(path: string, why: string): LaneError {
  return new LaneError(
    "checkpoint-damaged",
    `no guest can go on from this checkpoint: ${path}: ${why}`,
    { hint: "make it again; one of the cache is made again by itself", facts: { path } },
  );
}
