/**
 * What bhyve is on this host: where it is, what it can do, and how this user may run it.
 *
 * Abilities are seen in bhyve itself, never concluded from a version: releases, snapshots and the user's own builds differ.
 */
import { accessSync, constants, readFileSync } from "node:fs";
import { release } from "node:os";
import { LaneError } from "../../base/errors.js";
import { runCommand } from "../../host/command.js";
import { findProgram } from "../../host/paths.js";
import type { BhyveHost } from "./args.js";

/** Where to look. */
export interface BhyvePlaces {
  /** As `process.platform` names it. */
  readonly platform: string;
  readonly find: (program: string) => string | undefined;
  readonly isRoot: boolean;
  readonly vmmFolder: string;
  /** Whoever may write to it may make virtual machines (vmm(4), FreeBSD 15 and later). */
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

/**
 * Looks, and changes nothing.
 *
 * @throws LaneError (host) `bhyve-needs-freebsd`, `bhyve-missing`, `vmm-not-loaded` or `vmm-forbidden`
 * @example openBhyve(await findBhyve())
 */
export async function findBhyve(where: Partial<BhyvePlaces> = {}): Promise<BhyveHost> {
  const places = { ...usualPlaces, ...where };
  if (places.platform !== "freebsd") throw needsFreebsd(places.platform);
  const bhyve = found(places, "bhyve");
  const bhyveload = found(places, "bhyveload");
  const bhyvectl = found(places, "bhyvectl");
  await requireVmm(found(places, "kldstat"));
  const asRoot = await wordsToBecomeRoot(places);
  return {
    version: `FreeBSD ${release()}`,
    ...{ bhyve, bhyveload, bhyvectl, asRoot },
    vmmFolder: places.vmmFolder,
    bootRom: places.bootRom,
    asksForAcpi: await mentionsAcpi(bhyve),
    hasTcpSerial: hasTcpSerial(bhyve),
  };
}

function found(places: BhyvePlaces, program: string): string {
  const path = places.find(program);
  if (path !== undefined) return path;
  throw new LaneError("bhyve-missing", `${program} was not found in PATH`, { facts: { program } });
}

async function requireVmm(kldstat: string): Promise<void> {
  const { code } = await runCommand({ argv: [kldstat, "-q", "-m", "vmm"] }, DEADLINE_MS);
  if (code === 0) return;
  throw new LaneError("vmm-not-loaded", "the kernel module vmm is not loaded");
}

/** Only what root alone may do is done as root, and only by a rule that asks for no password. */
async function wordsToBecomeRoot(places: BhyvePlaces): Promise<readonly string[]> {
  if (places.isRoot || isWritable(places.vmmControl)) return [];
  for (const program of ["doas", "sudo"]) {
    const path = places.find(program);
    if (path === undefined) continue;
    const { code } = await runCommand({ argv: [path, "-n", "true"] }, DEADLINE_MS);
    if (code === 0) return [path, "-n"];
  }
  throw new LaneError(
    "vmm-forbidden",
    `this user may not write to ${places.vmmControl}, and neither doas nor sudo runs a command as root without a password`,
  );
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The flag is still taken where the usage no longer names it, but one day it may not be. */
async function mentionsAcpi(bhyve: string): Promise<boolean> {
  const { stdout, stderr } = await runCommand({ argv: [bhyve, "-h"] }, DEADLINE_MS);
  return /^\s*-A:/m.test(stdout + stderr);
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
