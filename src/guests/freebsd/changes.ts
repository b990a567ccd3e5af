/**
 * What is put into a FreeBSD guest, and what is taken away, as changes to its files; each with its reason for the plan.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { LaneError } from "../../base/errors.js";
import type { FileChange } from "../../disk/ufs2/file-change.js";
import type { FreebsdImage } from "./image.js";
import { loaderLines, withMarkedBlock } from "./loader-text.js";
import { freebsdRcScript, RC_SCRIPT_NAME, type RcMoment } from "./rc-script.js";
import type { KernelFile, Placed, ProbeMoment, StagingInput } from "../guest.js";
import { CONF_DIR } from "./loader-settings.js";

export interface PlannedChange {
  readonly change: FileChange;
  readonly why: string;
}

/** Where the loader's variables go: a file of ours, or a marked block in the user's own. */
export type LoaderPlace = "directory" | "local-file";

export const LOADER_FILE = `${CONF_DIR}/kernlane.conf`;
export const LOADER_LOCAL_FILE = "/boot/loader.conf.local";

export const AGENT_PATH = "/kernlane/agent";
export const PLAN_PATH = "/kernlane/plan";

/** The agent has given up long before. */
const WATCHDOG_MARGIN_SECONDS = 30;

/**
 * All but the loader's variables, see {@link loaderChange}, and the folders, see {@link withFolders}.
 *
 * @throws LaneError `guest-without-rc` (image), those of reading the kernel and the modules
 */
export function freebsdChanges(
  image: FreebsdImage,
  input: StagingInput,
  probeAt: ProbeMoment,
): readonly PlannedChange[] {
  return [
    ...slotChanges(image, input.kernel),
    ...input.files.map(({ path, mode, content, why }) => file(path, mode, content, why)),
    ...(isStartedByRc(input, probeAt) ? rcChanges(image, input, probeAt) : []),
    ...removals(image),
  ];
}

/** A guest that is left to a person comes up as a whole. */
export function isStartedByRc(input: StagingInput, probeAt: ProbeMoment): boolean {
  return probeAt !== "init" || input.leavesAgentIdle === true;
}

/** The changes, with the folders that they need and the image does not have before them. */
export function withFolders(
  image: FreebsdImage,
  changes: readonly PlannedChange[],
): readonly PlannedChange[] {
  return [...missingFolders(image, changes), ...changes];
}

/** As a plan shows it; folders that only hold what is listed anyway are left out. */
export function placedOf({ change, why }: PlannedChange): readonly Placed[] {
  if (change.kind === "file") {
    const { path, mode = 0o644, content } = change;
    const sizeBytes = content.length;
    return [{ path, mode, sizeBytes, why, ...(sizeBytes > TEXT_BYTES ? {} : hashed(content)) }];
  }
  return change.kind === "remove" ? [{ path: change.path, sizeBytes: 0, why }] : [];
}

/** As long are the texts that are made for a guest at most. */
const TEXT_BYTES = 65_536;

function hashed(content: Uint8Array): Pick<Placed, "sha256"> {
  return { sha256: createHash("sha256").update(content).digest("hex") };
}

function slotChanges(image: FreebsdImage, kernel: KernelFile): readonly PlannedChange[] {
  const { slot, path, modules = [] } = kernel;
  if (slot === undefined) return [];
  const folder = `/boot/${slot}`;
  const isThere = image.typeAt(folder) !== undefined;
  return [
    ...(isThere ? [removed(folder, "the slot of an earlier kernel", true)] : []),
    { change: { kind: "directory", path: folder }, why: "the slot" },
    file(`${folder}/kernel`, 0o555, readFileSync(path), `the kernel ${path}`),
    ...modules.map((module) =>
      file(`${folder}/${basename(module)}`, 0o555, readFileSync(module), `its module ${module}`),
    ),
  ];
}

/** @throws LaneError `guest-without-rc` (image) */
function rcChanges(
  image: FreebsdImage,
  input: StagingInput,
  probeAt: ProbeMoment,
): readonly PlannedChange[] {
  requireRc(image);
  const moment = probeAt === "login" ? "login" : "early";
  const why =
    moment === "early"
      ? "runs the agent once the file systems are mounted"
      : "runs the agent at the end of rc";
  const script = file(`/etc/rc.d/${RC_SCRIPT_NAME}`, 0o555, rcScriptOf(input, moment), why);
  return [
    script,
    ...(input.leavesAgentIdle ? [] : [enabled()]),
    ...(input.dumps ? [dumpLeftAlone()] : []),
  ];
}

/** dumpon(8) would take a device of rc.conf(5) instead, or one more time the same one; savecore(8) finds nothing to look at. */
function dumpLeftAlone(): PlannedChange {
  return file(
    "/etc/rc.conf.d/dumpon",
    0o644,
    Buffer.from('dumpdev="NO"\n'),
    "leaves the kernel its dump device",
  );
}

function enabled(): PlannedChange {
  return file(
    `/etc/rc.conf.d/${RC_SCRIPT_NAME}`,
    0o644,
    Buffer.from(`${RC_SCRIPT_NAME}_enable="YES"\n`),
    "enables it; rc.conf stays as it is",
  );
}

function rcScriptOf(input: StagingInput, probeAt: RcMoment): Uint8Array {
  const watchdogSeconds = Math.ceil(input.guestDeadlineMs / 1000) + WATCHDOG_MARGIN_SECONDS;
  return Buffer.from(
    freebsdRcScript({ agentPath: AGENT_PATH, planPath: PLAN_PATH, probeAt, watchdogSeconds }),
  );
}

/**
 * @param files those of the lane: one in the place of the user's own file is what our lines are put into
 * @param variables of the loader, see `loaderVariables`
 */
export function loaderChange(
  image: FreebsdImage,
  files: StagingInput["files"],
  place: LoaderPlace,
  variables: Readonly<Record<string, string>>,
): PlannedChange {
  const lines = loaderLines(variables);
  const first = variables["init_path"] === undefined ? "" : ", its first program";
  const why = `which kernel is booted${first}, and that nobody is at the keyboard`;
  if (place === "directory") return file(LOADER_FILE, 0o644, Buffer.from(lines), why);
  const own = files.findLast(({ path }) => path === LOADER_LOCAL_FILE)?.content;
  const text =
    own === undefined
      ? (image.readText(LOADER_LOCAL_FILE) ?? "")
      : Buffer.from(own).toString("utf8");
  const content = Buffer.from(withMarkedBlock(text, lines));
  return file(LOADER_LOCAL_FILE, 0o644, content, `${why}; lines that were there are kept`);
}

/** Both would get in the way of a boot that is thrown away: one chooses another kernel, the other grows the file system. */
function removals(image: FreebsdImage): readonly PlannedChange[] {
  const reasons = {
    "/boot/nextboot.conf": "it would choose another kernel",
    "/firstboot": "a throwaway boot is no first boot",
    "/firstboot-reboot": "a throwaway boot is no first boot",
  };
  return Object.entries(reasons)
    .filter(([path]) => image.typeAt(path) !== undefined)
    .map(([path, why]) => removed(path, why));
}

function missingFolders(
  image: FreebsdImage,
  changes: readonly PlannedChange[],
): readonly PlannedChange[] {
  const made = new Set(
    changes.flatMap(({ change }) => (change.kind === "directory" ? [change.path] : [])),
  );
  const folders = new Set<string>();
  for (const { change } of changes) {
    if (change.kind !== "file") continue;
    for (const folder of ancestors(change.path)) {
      if (!made.has(folder) && image.typeAt(folder) !== "directory") folders.add(folder);
    }
  }
  return [...folders].sort().map((path) => ({ change: { kind: "directory", path }, why: "" }));
}

function ancestors(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === "/" ? [] : [...ancestors(parent), parent];
}

function file(path: string, mode: number, content: Uint8Array, why: string): PlannedChange {
  return { change: { kind: "file", path, mode, content }, why };
}

function removed(path: string, why: string, recursive = false): PlannedChange {
  return { change: { kind: "remove", path, recursive }, why: `taken away: ${why}` };
}

function requireRc(image: FreebsdImage): void {
  const missing = ["/etc/rc", "/etc/rc.subr"].filter((path) => image.typeAt(path) !== "file");
  if (missing.length === 0) return;
  throw new LaneError(
    "guest-without-rc",
    `${image.path}: found no ${missing.join(" and no ")} in the guest, and the probe is started by rc(8)`,
    { facts: { path: image.path } },
  );
}
