/**
 * What a checkpoint depends on, by name: its key in the cache, and what can be told of one that does not fit. Names, folders and
 * the run's id are not among it: they change with every run.
 */
import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { cpus } from "node:os";
import { pipeline } from "node:stream/promises";
import type { GuestFile, Placed } from "../../guests/guest.js";
import type { MachineSpec } from "../../machine/machine.js";
import { guestOf } from "../../run/host-facts.js";
import type { ColumnPlan, RunPlan } from "../../run/plan.js";

/** Short texts and hashes: what a person can compare. */
export type Ingredients = Readonly<Record<string, string>>;

/** Raised when a saved machine, or what lies beside it, is kept in another way. */
export const FORMAT = "2";

/** @example keyOf({ hypervisor: "QEMU 7.2.22", kernel: "9701546c…" }) // 32 hexadecimal digits */
export function keyOf(ingredients: Ingredients): string {
  const sorted = Object.entries(ingredients).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([FORMAT, sorted]))
    .digest("hex")
    .slice(0, 32);
}

/** The first thing in which two differ, as a clause; undefined when they are the same. */
export function differenceOf(found: Ingredients, expected: Ingredients): string | undefined {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])].sort();
  const name = names.find((one) => found[one] !== expected[one]);
  if (name === undefined) return undefined;
  return `${name}: found ${found[name] ?? "none"}, expected ${expected[name] ?? "none"}`;
}

/** Reads the kernel and its modules; the base image is known by its path, size, inode and time. */
export async function ingredientsOf(
  { request, facts }: RunPlan,
  { file, files, staging, machine }: ColumnPlan,
): Promise<Ingredients> {
  const { planPath, agentPath, bootsFrom } = guestOf(request);
  const is = (path: string) => (one: GuestFile) => one.path === path;
  const own = files.filter((one) => !is(planPath)(one) && !is(agentPath)(one));
  const isGuests = bootsFrom === "disk" && file.slot === undefined;
  return {
    hypervisor: facts.hypervisorVersion,
    machine: describeMachine(machine),
    processor: machine.accel === "tcg" ? "emulated" : (cpus()[0]?.model ?? "unknown"),
    kernel: isGuests ? `${file.path} of the base image` : await hashOfFiles([file.path]),
    modules: await hashOfFiles(file.modules ?? []),
    agent: hashOf(files.filter(is(agentPath))),
    "agent's plan": hashOf(files.filter(is(planPath)).map(withoutRunId)),
    files: hashOf(own),
    "base image": staging.disk ? identityOf(staging.disk.base.path) : "none",
    "what is put into the guest": textHash(
      staging.placed.map((placed) => describePlaced(placed, files)).join("\n"),
    ),
  };
}

/** The content of the files is told apart, and one of them has the run's id in it. */
function describePlaced(
  { path, mode, sizeBytes, sha256 = "" }: Placed,
  files: readonly GuestFile[],
): string {
  const isFile = files.some((file) => file.path === path);
  return `${path} ${mode} ${sizeBytes} ${isFile ? "" : sha256}`;
}

function describeMachine(machine: MachineSpec): string {
  const { arch, cpus: count, memoryMiB, accel, boot, disks, hasPort = false, extraArgs } = machine;
  const { holdsAtReset = false } = machine;
  const booted = boot.kind === "direct" ? (boot.commandLine ?? "") : boot.firmware;
  return [
    `${arch}, ${count} cpus, ${memoryMiB} MiB, ${accel}, ${boot.kind} boot "${booted}"`,
    `disks ${disks.map(({ format }) => format).join(" ") || "none"}`,
    hasPort ? "with a port" : "without a port",
    ...(holdsAtReset ? ["held at a reset"] : []),
    `arguments ${JSON.stringify(extraArgs)}`,
  ].join(", ");
}

/** The id is that of the run which made the checkpoint. */
function withoutRunId(plan: GuestFile): GuestFile {
  const text = Buffer.from(plan.content)
    .toString("utf8")
    .replace(/^run-id .*$/m, "run-id");
  return { ...plan, content: Buffer.from(text) };
}

function identityOf(path: string): string {
  const { size, ino, mtimeMs } = statSync(path);
  return `${path}, ${size} bytes, inode ${ino}, of ${new Date(mtimeMs).toISOString()}`;
}

function hashOf(files: readonly GuestFile[]): string {
  const hash = createHash("sha256");
  for (const { path, mode, content } of files) {
    hash.update(JSON.stringify([path, mode, content.length])).update(content);
  }
  return hash.digest("hex");
}

/** Of files by path, size, inode and times: a kernel that lies there as it was is not read for every guest. */
const hashes = new Map<string, string>();

async function hashOfFiles(paths: readonly string[]): Promise<string> {
  const state = paths.map((path) => {
    const { size, ino, mtimeMs, ctimeMs } = statSync(path);
    return [path, size, ino, mtimeMs, ctimeMs].join(" ");
  });
  const known = hashes.get(state.join("\n"));
  if (known !== undefined) return known;
  const hash = createHash("sha256");
  for (const path of paths) await pipeline(createReadStream(path), hash, { end: false });
  const found = hash.digest("hex");
  hashes.set(state.join("\n"), found);
  return found;
}

function textHash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
