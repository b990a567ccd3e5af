/**
 * Which symbols a column's kernel has: what was named, checked before anything is booted, and what is found when they are needed.
 */
import { LaneError } from "../base/errors.js";
import type { GuestFamily } from "../base/family.js";
import type { KernelFile, KernelIdentity } from "../guests/guest.js";
import { symbolTools } from "./symbol-tools.js";
import type { ColumnPlan } from "./plan.js";
import type { KernelProof, SymbolQuery, Symbols } from "../symbols/symbols.js";
import type { History } from "./history.js";

export interface NamedSymbols {
  /** Absolute: files and folders that were named and fit. */
  readonly given: readonly string[];
  /** Absolute: the source tree. */
  readonly sources?: string | undefined;
}

/** A kernel, by what it says of itself and, where this host has it, by its file. */
export type KernelQuery = Omit<SymbolQuery, "given">;

/** What symbols are looked for with, before the kernel has run. The image's own kernel is no file of the host. */
export function kernelQuery({ guest, file }: ColumnKernel): KernelQuery {
  const proof = proofOf(guest, file.identity);
  return isInImage({ guest, file }) ? { proof } : { proof, kernel: file.path };
}

export interface ColumnKernel {
  readonly guest: GuestFamily;
  readonly file: KernelFile;
}

export function isInImage({ guest, file }: ColumnKernel): boolean {
  return guest === "freebsd" && file.slot === undefined;
}

/** What a run of this column would use, as far as it is known before. Nothing is written. */
export function plannedSymbols({ symbols, ...column }: ColumnPlan): Promise<Symbols> {
  return symbolTools.find({ ...kernelQuery(column), given: symbols.given });
}

interface SymbolsWanted {
  readonly query: KernelQuery;
  /** Named for this kernel alone. */
  readonly own?: string | undefined;
}

/**
 * What each of the kernels has of the symbols that were named. Those that were named for all of them have to be of one.
 *
 * @throws LaneError those of `findSymbols` (image)
 */
export async function fitSymbols(
  kernels: readonly SymbolsWanted[],
  named: readonly string[],
): Promise<readonly (readonly string[])[]> {
  const given: string[][] = [];
  for (const { query, own } of kernels) {
    const refusal = own === undefined ? undefined : await refusalOf(query, own);
    if (refusal) throw refusal;
    given.push(own === undefined ? [] : [own]);
  }
  for (const path of named) {
    const refusals = await Promise.all(kernels.map(({ query }) => refusalOf(query, path)));
    for (const [index, refusal] of refusals.entries()) if (!refusal) given[index]!.push(path);
    const [first] = refusals;
    if (first && refusals.every((one) => one !== undefined)) throw first;
  }
  return given;
}

async function refusalOf(query: KernelQuery, path: string): Promise<LaneError | undefined> {
  const { version, buildId } = query.proof;
  // A kernel that has yet to be downloaded is looked at when it runs.
  if (version === undefined && buildId === undefined) return undefined;
  try {
    await symbolTools.find({ ...query, given: [path] });
    return undefined;
  } catch (error) {
    if (error instanceof LaneError) return error;
    throw error;
  }
}

/** What the kernel that ran said of itself, be it the one that was asked for or not; where it said nothing, what its file says. */
export function proofOfHistory({ started, hellos, banner }: History): KernelProof {
  const said = hellos[0]?.data ?? (started.guest === "linux" ? readBanner(banner) : {});
  const { guest: family, identity } = started;
  if (Object.keys(said).length === 0) {
    const isOther =
      identity.ident !== undefined && banner?.includes(` ${identity.ident} `) === false;
    return isOther ? { family } : proofOf(family, identity);
  }
  const version = textOf(said["version"]);
  // The file's build id is that of a kernel that may not be the one that ran.
  const ofFile = version === identity.version ? identity.buildId : undefined;
  return {
    family,
    buildId: textOf(said["buildId"]) ?? ofFile,
    release: textOf(said["release"]),
    version,
    ident: textOf(said["ident"]),
  };
}

/** `Linux version RELEASE (builder) (compiler, linker) #1 SMP …` */
function readBanner(banner = ""): Readonly<Record<string, unknown>> {
  const [, release, version] = /^Linux version (\S+) .*?\) (#\d.*)$/.exec(banner) ?? [];
  return release === undefined ? {} : { release, version };
}

function proofOf(family: GuestFamily, identity: KernelIdentity): KernelProof {
  const { buildId, release, version, ident } = identity;
  return { family, buildId, release, version, ident };
}

function textOf(said: unknown): string | undefined {
  return typeof said === "string" && said !== "" ? said.trimEnd() : undefined;
}
