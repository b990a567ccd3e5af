/**
 * The ledger of what is held outside this process: written before a thing is used, so that the next start can sweep up
 * what a killed run left behind. One small file an owner; only owners that are dead are swept, so a sweep is safe beside
 * live runs, and two sweeps at once share the work.
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { messageOf } from "../base/errors.js";
import { runCommand } from "./command.js";
import { tryLock } from "./file-lock.js";
import { readJsonFile, writeJsonFile } from "./json-file.js";
import { makeFolder } from "./make-folder.js";
import { describeOwner, identify, identifySelf, ownerSchema, stateOf } from "./owner.js";
import { stateFolder } from "./paths.js";

/** A virtual machine that stays in the host's kernel when the processes that run it are killed. */
export interface HeldVm {
  readonly name: string;
  /** Exists as long as the virtual machine does: `/dev/vmm/NAME`. */
  readonly node: string;
  /** The command that destroys it. */
  readonly destroy: readonly string[];
  /** Goes with it, where it has one. */
  readonly folder?: string | undefined;
}
const vmSchema = z.object({
  name: z.string(),
  node: z.string(),
  destroy: z.array(z.string()).min(1).readonly(),
  folder: z.string().optional(),
}) satisfies z.ZodType<HeldVm>;
const entrySchema = z.object({
  owner: ownerSchema,
  what: z.string(),
  processes: z.array(ownerSchema),
  files: z.array(z.string()),
  vms: z.array(vmSchema),
});
type Entry = z.infer<typeof entrySchema>;

/** What one machine holds. */
export interface Hold extends AsyncDisposable {
  /** Enters a process, now and for itself. */
  addProcess(pid: number): Promise<void>;
  /** Enters each process that runs a machine, when it is started. What cannot be written is left out: the machine's end does not need it. */
  follow(machine: ProcessSource): void;
}

/** Of `Machine`: it is run by one process after another. */
interface ProcessSource {
  onProcess(listener: (pid: number) => void): void;
}

const DESTROY_DEADLINE_MS = 30_000;
const POLL_MS = 50;

/**
 * Enters that `files` (and folders, which go when the hold is released), `vms` and, later, processes are held for `what`. Whoever runs
 * a virtual machine destroys it himself; the ledger is for the case that he was killed.
 *
 * @example
 * await using hold = await openHold("twq, kernel TWQDEBUG", [overlay]);
 * hold.follow(machine);
 */
export async function openHold(
  what: string,
  files: readonly string[],
  vms: readonly HeldVm[] = [],
): Promise<Hold> {
  const path = join(ledgerFolder(), `${process.pid}-${randomUUID()}.json`);
  const owner = await identifySelf();
  let entry: Entry = { owner, what, processes: [], files: [...files], vms: [...vms] };
  let isReleased = false;
  writeJsonFile(path, entry);
  const addProcess = async (pid: number): Promise<void> => {
    const added = await identify(pid);
    if (isReleased) return;
    entry = { ...entry, processes: [...entry.processes, added] };
    writeJsonFile(path, entry);
  };
  return {
    addProcess,
    follow(machine) {
      machine.onProcess((pid) => void addProcess(pid).catch(() => undefined));
    },
    [Symbol.asyncDispose]() {
      isReleased = true;
      removeFiles(entry);
      rmSync(path, { force: true });
      return Promise.resolve();
    },
  };
}

/**
 * Ends and removes what dead owners left behind. What is foreign, or not understood, is left alone.
 *
 * @returns one sentence for each thing that was swept
 */
export async function sweepLedger(): Promise<readonly string[]> {
  const said: string[] = [];
  for (const path of entryPaths()) {
    const entry = readEntry(path);
    if (entry && (await stateOf(entry.owner)) === "dead") said.push(...(await sweep(path)));
  }
  return said;
}

/** An entry that a sweep leaves alone although nobody here holds it. */
export interface ForeignHold {
  readonly path: string;
  /** `lane x, kernel y, held by pid 12 on host builder`. */
  readonly text: string;
}

export async function foreignHolds(): Promise<readonly ForeignHold[]> {
  const self = await identifySelf();
  const found: ForeignHold[] = [];
  for (const path of entryPaths()) {
    const entry = readEntry(path);
    if (!entry) found.push({ path, text: "an entry of another version of kernlane" });
    else if ((await stateOf(entry.owner)) === "foreign")
      found.push({ path, text: `${entry.what}, held by ${describeOwner(entry.owner, self)}` });
  }
  return found;
}

/** Does nothing before the work is done, be it by another: what comes next may need the names of the files. */
async function sweep(path: string): Promise<readonly string[]> {
  for (let leftMs = DESTROY_DEADLINE_MS; leftMs > 0; leftMs -= POLL_MS) {
    const lock = await tryLock(`${path}.lock`);
    if ("heldBy" in lock) {
      await delay(POLL_MS);
      continue;
    }
    try {
      const entry = readEntry(path);
      const said = entry ? await release(entry) : [];
      rmSync(path, { force: true });
      return said;
    } finally {
      lock.release();
    }
  }
  return [];
}

function entryPaths(): readonly string[] {
  const folder = ledgerFolder();
  makeFolder(folder);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => join(folder, file));
}

function readEntry(path: string): Entry | undefined {
  return entrySchema.safeParse(readJsonFile(path)).data;
}

async function release(entry: Entry): Promise<string[]> {
  const ended: number[] = [];
  for (const held of entry.processes)
    if ((await stateOf(held)) === "alive" && killGroup(held.pid)) ended.push(held.pid);
  const said = [];
  const destroyed: string[] = [];
  for (const vm of entry.vms.filter(({ node }) => existsSync(node))) {
    const reason = await destroyVm(vm);
    if (reason === undefined) destroyed.push(vm.name);
    else said.push(notDestroyed(vm, reason));
  }
  removeFiles(entry);
  return [...sweptGuest(entry.what, ended, destroyed), ...said];
}

/** One sentence a guest, whatever is left of it. */
function sweptGuest(
  what: string,
  pids: readonly number[],
  vms: readonly string[],
): readonly string[] {
  const names = [what, ...vms.filter((name) => name !== what), ...pids.map((pid) => `pid ${pid}`)];
  const which = `(${names.join(", ")})`;
  if (pids.length > 0) {
    const also = vms.length > 0 ? " and destroyed its virtual machine" : "";
    return [`ended the guest that a killed kernlane left running${also} ${which}`];
  }
  if (vms.length === 0) return [];
  return [`destroyed the virtual machine that a killed kernlane left in the kernel ${which}`];
}

/** A guest that was started through doas or sudo is another user's; it ends with its virtual machine. */
function killGroup(pid: number): boolean {
  try {
    process.kill(-pid, "SIGKILL");
    return true;
  } catch {
    return false;
  }
}

/** @returns why it could not be destroyed */
async function destroyVm(vm: HeldVm): Promise<string | undefined> {
  try {
    const { code, stderr } = await runCommand({ argv: vm.destroy }, DESTROY_DEADLINE_MS);
    return code === 0 ? undefined : stderr;
  } catch (error) {
    return messageOf(error);
  }
}

/** The entry goes all the same, so the reader is told what to type. */
function notDestroyed(vm: HeldVm, reason: string): string {
  return `could not destroy the virtual machine ${vm.name} (${reason.trim() || "no reason given"}); run: ${vm.destroy.join(" ")}`;
}

function removeFiles({ files, vms }: Entry): void {
  const folders = vms.flatMap(({ folder }) => (folder === undefined ? [] : [folder]));
  for (const file of [...files, ...folders]) rmSync(file, { recursive: true, force: true });
}

function ledgerFolder(): string {
  return join(stateFolder(), "ledger");
}
