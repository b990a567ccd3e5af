/**
 * The ledger of what is held outside this process: written before a thing is used, so that the next start can sweep up
 * what a killed run left behind. One small file an owner; only owners that are dead are swept, so a sweep is safe beside
 * live runs, and two sweeps at once share the work.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { messageOf } from "../base/errors.js";
import { cacheFolder } from "./paths.js";
import { readJsonFile, writeJsonFile } from "./json-file.js";
import { runCommand } from "./command.js";

export const processSchema = z.object({ pid: z.number().int().positive(), startedAt: z.string() });
/** A virtual machine that stays in the host's kernel when the processes that run it are killed. */
export interface HeldVm {
  readonly name: string;
  /** Exists as long as the virtual machine does: `/dev/vmm/NAME`. */
  readonly node: string;
  /** The command that destroys it. */
  readonly destroy: readonly string[];
}
const vmSchema = z.object({
  name: z.string(),
  node: z.string(),
  destroy: z.array(z.string()).min(1).readonly(),
}) satisfies z.ZodType<HeldVm>;
const entrySchema = z.object({
  owner: processSchema,
  what: z.string(),
  processes: z.array(processSchema),
  files: z.array(z.string()),
  vms: z.array(vmSchema),
});
type Entry = z.infer<typeof entrySchema>;

/** What one machine holds. */
export interface Hold extends AsyncDisposable {
  addProcess(pid: number): Promise<void>;
}

const DESTROY_DEADLINE_MS = 30_000;

/**
 * Enters that `files` (and folders, which go when the hold is released), `vms` and, later, processes are held for `what`. Whoever runs
 * a virtual machine destroys it himself; the ledger is for the case that he was killed.
 *
 * @example
 * await using hold = await openHold("twq, kernel TWQDEBUG", [overlay]);
 * await hold.addProcess(machine.pid);
 */
export async function openHold(
  what: string,
  files: readonly string[],
  vms: readonly HeldVm[] = [],
): Promise<Hold> {
  const path = join(ledgerFolder(), `${process.pid}-${randomUUID()}.json`);
  const owner = await identify(process.pid);
  let entry: Entry = { owner, what, processes: [], files: [...files], vms: [...vms] };
  writeJsonFile(path, entry);
  return {
    async addProcess(pid) {
      entry = { ...entry, processes: [...entry.processes, await identify(pid)] };
      writeJsonFile(path, entry);
    },
    [Symbol.asyncDispose]() {
      removeFiles(entry);
      rmSync(path, { force: true });
      return Promise.resolve();
    },
  };
}

/**
 * Ends and removes what dead owners left behind.
 *
 * @returns one sentence for each thing that was swept
 */
export async function sweepLedger(): Promise<readonly string[]> {
  const said: string[] = [];
  mkdirSync(ledgerFolder(), { recursive: true });
  for (const name of readdirSync(ledgerFolder()).filter((file) => file.endsWith(".json"))) {
    const path = join(ledgerFolder(), name);
    const { data: entry } = entrySchema.safeParse(readJsonFile(path));
    if (entry && (await isAlive(entry.owner))) continue;
    const claimed = claim(path);
    if (claimed === undefined) continue;
    if (entry) said.push(...(await release(entry)));
    rmSync(claimed, { force: true });
  }
  return said;
}

/** Whoever renames the file first sweeps it. */
function claim(path: string): string | undefined {
  const claimed = `${path}.swept-by-${process.pid}`;
  try {
    renameSync(path, claimed);
    return claimed;
  } catch {
    return undefined;
  }
}

async function release(entry: Entry): Promise<string[]> {
  const said: string[] = [];
  for (const held of entry.processes) {
    if (!(await isAlive(held)) || !killGroup(held.pid)) continue;
    said.push(
      `ended the guest that a killed kernlane left running (${entry.what}, pid ${held.pid})`,
    );
  }
  for (const vm of entry.vms) if (existsSync(vm.node)) said.push(await destroyVm(vm, entry.what));
  removeFiles(entry);
  return said;
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

async function destroyVm(vm: HeldVm, what: string): Promise<string> {
  const done = `destroyed the virtual machine that a killed kernlane left in the kernel (${what}, ${vm.name})`;
  try {
    const { code, stderr } = await runCommand({ argv: vm.destroy }, DESTROY_DEADLINE_MS);
    return code === 0 ? done : notDestroyed(vm, stderr);
  } catch (error) {
    return notDestroyed(vm, messageOf(error));
  }
}

/** The entry goes all the same, so the reader is told what to type. */
function notDestroyed(vm: HeldVm, reason: string): string {
  return `could not destroy the virtual machine ${vm.name} (${reason.trim() || "no reason given"}); run: ${vm.destroy.join(" ")}`;
}

function removeFiles(entry: Entry): void {
  for (const file of entry.files) rmSync(file, { recursive: true, force: true });
}

function ledgerFolder(): string {
  return join(cacheFolder(), "ledger");
}

type ProcessIdentity = z.infer<typeof processSchema>;

/** A pid is used again one day; together with its start time it is not. */
export async function identify(pid: number): Promise<ProcessIdentity> {
  return { pid, startedAt: (await startTime(pid)) ?? "" };
}

export async function isAlive(held: ProcessIdentity): Promise<boolean> {
  const started = await startTime(held.pid);
  return started !== undefined && started === held.startedAt;
}

/** The time a process began, in whatever words this system has for it; `undefined` if there is no such process. */
async function startTime(pid: number): Promise<string | undefined> {
  if (process.platform === "linux") return linuxStartTime(pid);
  const { code, stdout } = await runCommand(
    { argv: ["ps", "-o", "lstart=", "-p", String(pid)] },
    5_000,
  );
  return code === 0 ? stdout.trim() : undefined;
}

/** Field 22 of /proc/PID/stat, counted after the command's name, which may itself hold spaces and parentheses (proc(5)). */
function linuxStartTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
