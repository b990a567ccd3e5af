/**
 * Takes a virtual machine out of the host's kernel.
 */
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { runCommand } from "../../host/command.js";
import { destroyArgs, nodeOf, type BhyveHost } from "./args.js";
import type { MachineSpec } from "../machine.js";

const COMMAND_DEADLINE_MS = 30_000;
/** vmm frees the memory of a machine before its node goes, and nothing tells when it has. */
const NODE_DEADLINE_MS = 10_000;
const POLL_MS = 20;

/** Settles when the machine's node is gone. Never rejects: the ledger's next sweep tries again. */
export async function destroyVm(host: BhyveHost, spec: MachineSpec): Promise<void> {
  // It fails where there is no such machine, which is what is wanted.
  await runCommand({ argv: destroyArgs(host, spec) }, COMMAND_DEADLINE_MS).catch(() => undefined);
  const untilMs = performance.now() + NODE_DEADLINE_MS;
  while (existsSync(nodeOf(host, spec)) && performance.now() < untilMs) await delay(POLL_MS);
}
