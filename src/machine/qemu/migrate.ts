import { LaneError, messageOf } from "../../base/errors.js";
import type { QemuMachine } from "./machine.js";

/** The same on both sides. `events` tells when the stream is through. */
const CAPABILITIES = ["events", "x-ignore-shared"].map((capability) => ({
  capability,
  state: true,
}));

/** Half a megabyte is through in no time; on a host that swaps it is not. */
const DEADLINE_MS = 60_000;

/**
 * One migration of QEMU's, out or in, without the guest's memory, which both sides have as a file.
 *
 * @returns in QEMU's words why it failed; undefined when it is through
 */
export async function migrate(
  { qmp, machine, nextEvent }: QemuMachine,
  command: "migrate" | "migrate-incoming",
  uri: string,
): Promise<string | undefined> {
  const through = nextEvent(({ event, data }) => {
    return event === "MIGRATION" && ["completed", "failed"].includes(String(data["status"]));
  });
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`not through in ${DEADLINE_MS} ms`), DEADLINE_MS);
  });
  // QEMU ends when it cannot load what comes in, and says why as it goes.
  const ended = machine.ended.then(({ detail }) => detail);
  try {
    await qmp.execute("migrate-set-capabilities", { capabilities: CAPABILITIES });
    await qmp.execute(command, { uri });
    const outcome = await Promise.race([through, ended, expired]);
    if (typeof outcome === "string") return outcome;
    return outcome.data["status"] === "completed" ? undefined : await failureOf(qmp);
  } catch (error) {
    return isGone(error) ? await ended : messageOf(error);
  } finally {
    clearTimeout(timer);
  }
}

async function failureOf(qmp: QemuMachine["qmp"]): Promise<string> {
  const found = (await qmp.execute("query-migrate")) as { "error-desc"?: string };
  return found["error-desc"] ?? "QEMU gives no reason";
}

function isGone(error: unknown): boolean {
  return error instanceof LaneError && error.code === "qmp-closed";
}
