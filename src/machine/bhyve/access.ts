/**
 * How this user may run virtual machines.
 *
 * | FreeBSD              | who makes one                              | whose it is then            | without root                               |
 * | -------------------- | ------------------------------------------ | --------------------------- | ------------------------------------------ |
 * | up to 14             | root, by the sysctl `hw.vmm.create`        | root's, 0600                | never                                      |
 * | 15.0                 | who may write to /dev/vmmctl: root, 0600   | root's, 0600                | if devfs.rules(5) give vmmctl and vmm/*    |
 * | with `bhyve -M`      | who may write to it: root and group vmm    | its maker's, 0600           | in monitor mode only, without bhyveload    |
 *
 * (sys/dev/vmm/vmm_dev.c; the last row is af099eaa5ec3 of February 2026.) Monitor mode boots by a boot ROM and starts a guest that
 * has reset again, so it is not used. That leaves root, doas(1) and sudo(8), and on 15.0 the host whose rules were changed.
 */
import { randomUUID } from "node:crypto";
import { accessSync, constants } from "node:fs";
import { LaneError } from "../../base/errors.js";
import { runCommand } from "../../host/command.js";
import type { BhyvePlaces } from "./host.js";

interface BhyvePrograms {
  readonly bhyve: string;
  readonly bhyvectl: string;
  /** What `bhyve -h` says. */
  readonly usage: string;
}

const DEADLINE_MS = 20_000;

/** In the words of `vm_create`, `vm_open` and `vm_openf` (vmmapi(3)). */
const DENIED = /^.*\bvm_(?:create|open|openf): (?:Permission denied|Operation not permitted)$/m;

/** In the synopsis, or in the list of flags. */
const MONITOR_MODE = /\[-\w*M\w*\]|^\s*-M:/m;

/** Refused, so that bhyve ends where a machine is there and could begin. */
const NO_BOOT_ROM = "/nonexistent";

/**
 * The words that go before each command of bhyve's; none where the user may do it himself. Only what root alone may do is done
 * as root, and only by a rule that asks for no password.
 *
 * @param prove whether a machine may be made, to see whether this user may use what he may make
 * @throws LaneError `vmm-forbidden` (host)
 */
export async function wordsToBecomeRoot(
  places: BhyvePlaces,
  programs: BhyvePrograms,
  prove: boolean,
): Promise<readonly string[]> {
  if (places.isRoot) return [];
  const whyNot = await whyNotHimself(places, programs, prove);
  if (whyNot === undefined) return [];
  for (const program of ["doas", "sudo"]) {
    const path = places.find(program);
    if (path === undefined) continue;
    const { code } = await runCommand({ argv: [path, "-n", "true"] }, DEADLINE_MS);
    if (code === 0) return [path, "-n"];
  }
  throw new LaneError(
    "vmm-forbidden",
    `${whyNot}, and neither doas nor sudo runs a command as root without a password`,
  );
}

/** Whether the rules of doas or sudo allow a program, which prints its usage without arguments. */
export async function mayAsRoot(asRoot: readonly string[], program: string): Promise<boolean> {
  const { stderr } = await runCommand({ argv: [...asRoot, program] }, DEADLINE_MS);
  return !/^(?:doas|sudo): /m.test(stderr);
}

async function whyNotHimself(
  { vmmControl }: BhyvePlaces,
  programs: BhyvePrograms,
  prove: boolean,
): Promise<string | undefined> {
  if (!isWritable(vmmControl)) return `this user may not write to ${vmmControl}`;
  if (MONITOR_MODE.test(programs.usage))
    return `this user may write to ${vmmControl}, which allows monitor mode only (bhyve -M)`;
  const words = prove ? await tryMachine(programs) : undefined;
  return (
    words &&
    `this user may write to ${vmmControl}, but not use the machine that it makes (${words})`
  );
}

/**
 * bhyve, with a boot ROM that does not exist: it makes a machine, opens its node, and ends. A machine whose node it may not open it
 * takes away itself, as nobody else but root could (`vm_openf` of lib/libvmmapi/vmmapi.c); any other is ours to destroy.
 *
 * @returns the words by which it was denied
 */
async function tryMachine({ bhyve, bhyvectl }: BhyvePrograms): Promise<string | undefined> {
  const name = `kernlane-may-i-${randomUUID().slice(0, 8)}`;
  const devices = ["-s", "0,hostbridge", "-s", "31,lpc", "-l", `bootrom,${NO_BOOT_ROM}`];
  const argv = [bhyve, "-c", "1", "-m", "32M", ...devices, name];
  const { stderr } = await runCommand({ argv }, DEADLINE_MS);
  const denied = DENIED.exec(stderr)?.[0];
  if (denied === undefined)
    await runCommand({ argv: [bhyvectl, `--vm=${name}`, "--destroy"] }, DEADLINE_MS);
  return denied;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
