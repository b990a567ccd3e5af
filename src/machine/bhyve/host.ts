/**
 * What bhyve is on this host: where it is, what it can do, and how this user may run it.
 *
 * Abilities are seen in bhyve itself, never concluded from a version: releases, snapshots and the user's own builds differ.
 */
import { readFileSync } from "node:fs";
import { release } from "node:os";
import { LaneError } from "../../base/errors.js";
import { runCommand } from "../../host/command.js";
import { findProgram } from "../../host/paths.js";
import { mayAsRoot, wordsToBecomeRoot } from "./access.js";
import type { BhyveHost } from "./args.js";
import { requireVmm } from "./vmm.js";

/** Where to look. */
export interface BhyvePlaces {
  /** As `process.platform` names it. */
  readonly platform: string;
  readonly find: (program: string) => string | undefined;
  readonly isRoot: boolean;
  readonly vmmFolder: string;
  readonly vmmControl: string;
  readonly bootRom: string;
}

const usualPlaces: BhyvePlaces = {
  platform: process.platform,
  find: findProgram,
  isRoot: process.getuid?.() === 0,
  vmmFolder: "/dev/vmm",
  vmmControl: "/dev/vmmctl",
  bootRom: "/usr/local/share/uefi-firmware/BHYVE_UEFI.fd",
};

const DEADLINE_MS = 20_000;

/** Of a vmm that has no `hw.vmm.maxcpu`: VM_MAXCPU of FreeBSD up to 13.1. */
const MOST_CPUS_OF_OLD = 16;

/**
 * Looks, and changes nothing unless `prove` is set.
 *
 * @param prove whether a virtual machine may be made and destroyed at once, where only that shows what this user may do
 * @throws LaneError (host) `bhyve-needs-freebsd`, `bhyve-missing`, `vmm-not-loaded`, `vmm-unsupported` or `vmm-forbidden`
 * @example openBhyve(await findBhyve())
 */
export async function findBhyve(
  where: Partial<BhyvePlaces> = {},
  prove = false,
): Promise<BhyveHost> {
  const places = { ...usualPlaces, ...where };
  if (places.platform !== "freebsd") throw needsFreebsd(places.platform);
  const bhyve = found(places, "bhyve");
  const bhyveload = found(places, "bhyveload");
  const bhyvectl = found(places, "bhyvectl");
  await requireVmm(places);
  const usage = await usageOf(bhyve);
  const asRoot = await wordsToBecomeRoot(places, { bhyve, bhyvectl, usage }, prove);
  return {
    version: `FreeBSD ${release()}`,
    ...{ bhyve, bhyveload, bhyvectl, asRoot },
    vmmFolder: places.vmmFolder,
    bootRom: places.bootRom,
    maxCpus: await mostCpus(places),
    asksForAcpi: mentions(usage, "A"),
    hasTcpSerial: hasTcpSerial(bhyve),
    // Of a bhyve of root's the socket is root's, and has to be given away.
    hasPorts: asRoot.length === 0 || (await mayAsRoot(asRoot, "chmod")),
  };
}

function found(places: BhyvePlaces, program: string): string {
  const path = places.find(program);
  if (path !== undefined) return path;
  throw new LaneError("bhyve-missing", `${program} was not found in PATH`, { facts: { program } });
}

/** By default as many as the host has processors; a tunable of the loader (vmm(4)). Beyond it, bhyve fails in `vm_set_topology`. */
async function mostCpus({ find }: BhyvePlaces): Promise<number> {
  const sysctl = find("sysctl");
  if (sysctl === undefined) return MOST_CPUS_OF_OLD;
  const { stdout } = await runCommand({ argv: [sysctl, "-n", "hw.vmm.maxcpu"] }, DEADLINE_MS);
  const count = Number.parseInt(stdout, 10);
  return count > 0 ? count : MOST_CPUS_OF_OLD;
}

async function usageOf(bhyve: string): Promise<string> {
  const { stdout, stderr } = await runCommand({ argv: [bhyve, "-h"] }, DEADLINE_MS);
  return stdout + stderr;
}

/** `-A` is still taken where the usage no longer names it, but one day it may not be. */
function mentions(usage: string, flag: string): boolean {
  return new RegExp(`^\\s*-${flag}:`, "m").test(usage);
}

/** The usage text is silent on the back ends of serial ports; the pattern by which bhyve reads this one is in the program. */
function hasTcpSerial(bhyve: string): boolean {
  return readFileSync(bhyve).includes("tcp=%");
}

function needsFreebsd(platform: string): LaneError {
  return new LaneError(
    "bhyve-needs-freebsd",
    `bhyve runs on FreeBSD hosts only, found ${platform}`,
  );
}
