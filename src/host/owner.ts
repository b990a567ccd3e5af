/**
 * Who holds something outside this process, and whether they still live.
 *
 * A pid means something only in its pid namespace, under one boot of one kernel, and only until it is given to another process.
 * Several hosts may share a home, and several containers a cache; what another of them holds is *foreign*: nothing here can
 * tell whether its owner lives, so it is left alone.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import * as z from "zod";
import { systemCodeOf } from "../base/errors.js";
import { runCommand } from "./command.js";

export const ownerSchema = z.object({
  /** The host's name and its identity of installation. */
  host: z.string(),
  /** Of this boot of its kernel; empty where the system does not say. */
  boot: z.string(),
  /** Of pids; empty where the system has only one. */
  namespace: z.string(),
  pid: z.number().int().positive(),
  /** When the process began, in the system's own words. */
  startedAt: z.string(),
});
export type Owner = Readonly<z.infer<typeof ownerSchema>>;

export type OwnerState = "alive" | "dead" | "foreign";

const PROGRAM_DEADLINE_MS = 10_000;

/** A process of this host, as its owner's name in a file. */
export async function identify(pid: number): Promise<Owner> {
  const started = await startOf(pid);
  const startedAt = typeof started === "object" ? started.at : "";
  return { ...(await hereNow()), pid, startedAt };
}

let self: Promise<Owner> | undefined;

/** This process. */
export function identifySelf(): Promise<Owner> {
  return (self ??= identify(process.pid));
}

export async function stateOf(owner: Owner): Promise<OwnerState> {
  const here = await hereNow();
  if (owner.host !== here.host) return "foreign";
  // The same host has been started again: nothing of before lives.
  if (owner.boot !== here.boot) return "dead";
  if (owner.namespace !== here.namespace) return "foreign";
  const started = await startOf(owner.pid);
  if (started === "gone") return "dead";
  return started === "unseen" || started.at === owner.startedAt ? "alive" : "dead";
}

/** For a message: `pid 4711`, `pid 12 on host builder`, `pid 7 in another container`. */
export function describeOwner({ host, namespace, pid }: Owner, here: Owner): string {
  if (host !== here.host) return `pid ${pid} on host ${host.split("/")[0]}`;
  return namespace === here.namespace ? `pid ${pid}` : `pid ${pid} in another container`;
}

type Here = Pick<Owner, "host" | "boot" | "namespace">;

let here: Promise<Here> | undefined;

function hereNow(): Promise<Here> {
  return (here ??= process.platform === "linux" ? Promise.resolve(linuxHere()) : bsdHere());
}

/** machine-id(5); proc_sys_kernel(5): `boot_id` is new at every boot; namespaces(7): the link is alike for all processes in one. */
function linuxHere(): Here {
  const machine = read("/etc/machine-id").trim();
  return {
    host: `${hostname()}/${machine}`,
    boot: read("/proc/sys/kernel/random/boot_id").trim(),
    namespace: readLink("/proc/self/ns/pid"),
  };
}

/** FreeBSD: kern.hostuuid, kern.boot_id and the jail; macOS: kern.bootsessionuuid. What a system lacks is left empty. */
async function bsdHere(): Promise<Here> {
  const [uuid, bootId, session, jailed] = await Promise.all(
    ["kern.hostuuid", "kern.boot_id", "kern.bootsessionuuid", "security.jail.jailed"].map(sysctl),
  );
  return {
    host: `${hostname()}/${uuid}`,
    boot: bootId || session || "",
    namespace: jailed ?? "",
  };
}

async function sysctl(name: string): Promise<string> {
  return (await outputOf(["sysctl", "-n", name])) ?? "";
}

/** `unseen`: it exists, and another user's process may not be looked at. */
type Start = { readonly at: string } | "gone" | "unseen";

async function startOf(pid: number): Promise<Start> {
  if (!exists(pid)) return "gone";
  if (process.platform === "linux") return linuxStartOf(pid);
  // The text depends on both variables; processes with other ones have to read the same.
  const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
  const text = await outputOf(["ps", "-o", "lstart=", "-p", String(pid)], env);
  return text === undefined || text === "" ? "unseen" : { at: text };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCodeOf(error) === "EPERM";
  }
}

/** Field 22 of /proc/PID/stat, counted after the command's name, which may itself hold spaces and parentheses (proc(5)). */
function linuxStartOf(pid: number): Start {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === "") return exists(pid) ? "unseen" : "gone";
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? "gone" : { at: fields[19]! };
}

async function outputOf(
  argv: readonly string[],
  env?: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const spec = env === undefined ? { argv } : { argv, env };
  const result = await runCommand(spec, PROGRAM_DEADLINE_MS).catch(() => undefined);
  return result?.code === 0 ? result.stdout.trim() : undefined;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
