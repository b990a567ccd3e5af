/**
 * Writes a guest's memory with QEMU's `dump-guest-memory` (qapi/dump.json), in the format of makedumpfile(8): pages of zeros are left out, the others
 * are compressed.
 */
import { chmod, rename, rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { LaneError, messageOf } from "../../base/errors.js";
import type { DumpProgress, MachineEnd, WrittenDump } from "../machine.js";
import { nameKernel } from "./kdump-header.js";
import type { QemuMachine } from "./machine.js";
import type { QmpEvent } from "./qmp.js";
import { isFlattened, unflatten } from "./unflatten.js";

const POLL_MS = 200;
/** The best first: without a detour (from QEMU 8.2 on), compressed, plain. */
const FORMATS = ["kdump-raw-zlib", "kdump-zlib"];

/** As `query-dump` answers it. */
interface DumpStatus {
  readonly status: "none" | "active" | "completed" | "failed";
  readonly completed: number;
  readonly total: number;
}

/** @throws LaneError `dump-failed` (host) */
export async function dumpQemu(
  { qmp, machine, nextEvent }: QemuMachine,
  to: string,
  told: (progress: DumpProgress) => void = () => undefined,
): Promise<WrittenDump> {
  try {
    const format = await formatOf(qmp);
    const through = nextEvent(({ event }) => event === "DUMP_COMPLETED");
    const given = { paging: false, protocol: `file:${to}`, format, detach: true };
    await qmp.execute("dump-guest-memory", given);
    for (;;) {
      await Promise.race([through, machine.ended, delay(POLL_MS)]);
      const { status, completed, total } = (await qmp.execute("query-dump")) as DumpStatus;
      told({ doneBytes: completed, totalBytes: total });
      if (status === "completed") break;
      if (status === "failed") throw failed(wordsOf(await Promise.race([through, machine.ended])));
    }
    await putInOrder(to);
    // QEMU makes it a file that nobody may write.
    await chmod(to, 0o600);
    return { format, hasVmcoreinfo: await nameKernel(to) };
  } catch (error) {
    if (error instanceof LaneError && error.code === "dump-failed") throw error;
    throw failed(messageOf(error), error);
  }
}

async function formatOf(qmp: QemuMachine["qmp"]): Promise<string> {
  const { formats } = (await qmp.execute("query-dump-guest-memory-capability")) as {
    readonly formats: readonly string[];
  };
  return FORMATS.find((one) => formats.includes(one)) ?? "elf";
}

async function putInOrder(path: string): Promise<void> {
  if (!(await isFlattened(path))) return;
  const ordered = `${path}.ordered`;
  try {
    if (!(await unflatten(path, ordered))) throw failed("it has no end");
    await rename(ordered, path);
  } finally {
    await rm(ordered, { force: true });
  }
}

/** The event that the dump is over has QEMU's words, where it failed. */
function wordsOf(over: QmpEvent | MachineEnd): string {
  const words = "data" in over ? over.data["error"] : over.detail;
  return typeof words === "string" ? words : "QEMU gives no reason";
}

function failed(reason: string, cause?: unknown): LaneError {
  return new LaneError("dump-failed", `the guest's memory could not be written: ${reason}`, {
    cause,
  });
}
