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

const DENIED = /Permission denied|not permitted|^(?:doas|sudo): /m;

/** Settles when the machine's node is gone, or cannot be made to go. Never rejects. @returns whether it is gone */
export async function destroyVm(host: BhyveHost, spec: MachineSpec): Promise<boolean> {
  const node = nodeOf(host, spec);
  // It fails where there is no such machine, which is what is wanted.
  const { stderr = "" } =
    (await runCommand({ argv: destroyArgs(host, spec) }, COMMAND_DEADLINE_MS).catch(
      () => undefined,
    )) ?? {};
  if (DENIED.test(stderr)) return !existsSync(node);
  const untilMs = performance.now() + NODE_DEADLINE_MS;
  while (existsSync(node)) {
    if (performance.now() >= untilMs) return false;
    await delay(POLL_MS);
  }
  return true;
}
