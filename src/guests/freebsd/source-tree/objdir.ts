/**
 * Finds a built kernel in the folder that FreeBSD's build writes to. The layout, by `src.sys.obj.mk` of 13 to 15:
 *
 *     $MAKEOBJDIRPREFIX/<absolute path of the source tree>/amd64.amd64/sys/<KERNCONF>/kernel
 */
import { readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { LaneError, messageOf } from "../../../base/errors.js";
import { buildCommand, thisHost } from "./build-command.js";
import { nearestName } from "../../../base/nearest.js";

export interface ObjdirQuery {
  /** MAKEOBJDIRPREFIX of the build; `/usr/obj` where a build was given none. */
  readonly objdirPrefix: string;
  /** The kernel configuration, such as `TWQDEBUG`. */
  readonly conf: string;
  /** The source tree, absolute and without symbolic links; searched for if absent. */
  readonly sourceDir?: string;
}

/** TARGET.TARGET_ARCH: the lanes' guests are amd64. */
const TARGET = "amd64.amd64";
/** A source tree lies a few folders deep; a prefix that holds more than this is not one. */
const MAX_DEPTH = 12;
const MAX_FOLDERS = 400;
const CONF_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/**
 * The path of the kernel file.
 *
 * @throws LaneError `kernel-conf-invalid` (usage), `objdir-not-found` (usage), `kernel-not-built` (image),
 *   `kernel-ambiguous` (usage), `objdir-too-large` (usage)
 * @example findKernelInObjdir({ objdirPrefix: "/tmp/twqobj", conf: "TWQDEBUG" });
 * // "/tmp/twqobj/usr/src/amd64.amd64/sys/TWQDEBUG/kernel"
 */
export function findKernelInObjdir({ objdirPrefix, conf, sourceDir }: ObjdirQuery): string {
  requireConfName(conf);
  requireFolder(objdirPrefix);
  const builds =
    sourceDir === undefined
      ? findBuilds(objdirPrefix)
      : [join(objdirPrefix, sourceDir, TARGET, "sys")];
  const kernels = builds.map((build) => join(build, conf, "kernel")).filter(isFile);
  if (kernels.length > 1) throw ambiguous(objdirPrefix, conf, kernels);
  const [kernel] = kernels;
  if (kernel === undefined) throw notBuilt({ objdirPrefix, conf, builds, sourceDir });
  return kernel;
}

/** @throws LaneError `kernel-conf-invalid` (usage) */
export function requireConfName(conf: string): void {
  if (CONF_NAME.test(conf) && !conf.includes("..")) return;
  throw new LaneError(
    "kernel-conf-invalid",
    `${JSON.stringify(conf)} is no name of a kernel configuration, expected letters, digits, _ - and dots`,
    { facts: { conf } },
  );
}

/** Each `…/amd64.amd64/sys` under the prefix, nearest first. What is below `amd64.amd64` is never walked. */
function findBuilds(prefix: string): readonly string[] {
  const found: string[] = [];
  let folders = [prefix];
  let seen = 0;
  for (let depth = 0; depth <= MAX_DEPTH && folders.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of folders) {
      if (++seen > MAX_FOLDERS) throw tooLarge(prefix);
      for (const name of subfolders(folder)) {
        if (name === TARGET) found.push(join(folder, name, "sys"));
        else next.push(join(folder, name));
      }
    }
    folders = next;
  }
  return found;
}

/** Symbolic links are not followed, so that no walk goes in circles; a folder that cannot be read has nothing. */
function subfolders(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function requireFolder(path: string): void {
  try {
    readdirSync(path);
  } catch (error) {
    throw new LaneError(
      "objdir-not-found",
      `the object folder ${path} cannot be read: ${messageOf(error)}`,
      { facts: { path }, cause: error },
    );
  }
}

interface Search {
  readonly objdirPrefix: string;
  readonly conf: string;
  readonly builds: readonly string[];
  readonly sourceDir: string | undefined;
}

function notBuilt({ objdirPrefix, conf, builds, sourceDir }: Search): LaneError {
  const others = [
    ...new Set(
      builds.flatMap((build) =>
        subfolders(build).filter((name) => isFile(join(build, name, "kernel"))),
      ),
    ),
  ];
  const nearest = nearestName(conf, others);
  const found =
    others.length > 0
      ? `found the kernels ${others.join(", ")}${nearest === undefined ? "" : ` (did you mean ${nearest}?)`}`
      : "found no kernel";
  const place = `${sourceDir ?? "…"}/${TARGET}/sys/${conf}/kernel`;
  return new LaneError(
    "kernel-not-built",
    `${objdirPrefix} has no built kernel ${conf}: ${found}, expected ${place} in it`,
    {
      hint: `build it first: ${buildCommand(sourceDir ?? "SRC", `buildkernel KERNCONF=${conf}`, thisHost(objdirPrefix))}`,
      facts: { objdirPrefix, conf },
    },
  );
}

function ambiguous(prefix: string, conf: string, kernels: readonly string[]): LaneError {
  const names = kernels.map((path) => relative(prefix, path));
  return new LaneError(
    "kernel-ambiguous",
    `${prefix} has ${kernels.length} kernels ${conf}, expected one: ${names.join(", ")}`,
    {
      hint: "give the path of the one that is meant as the kernel",
      facts: { prefix, conf, count: kernels.length },
    },
  );
}

function tooLarge(prefix: string): LaneError {
  return new LaneError(
    "objdir-too-large",
    `${prefix} holds more than ${MAX_FOLDERS} folders outside of ${TARGET}, expected the object folder of a FreeBSD build`,
    { facts: { prefix, maxFolders: MAX_FOLDERS } },
  );
}
