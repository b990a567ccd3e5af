/** Whether a file is of the kernel that ran: by build id, else by what both say of their version. */
import { LaneError, type ErrorCode } from "../base/errors.js";
import { buildIdOf } from "../binary/build-id.js";
import { crcOf, type DebugLink } from "../binary/debug-link.js";
import { hasLinesIn, type Elf } from "../binary/elf.js";
import { identifyFreebsdKernel } from "../binary/freebsd-kernel.js";
import { findBanner } from "../binary/linux-kernel.js";
import type { KernelProof, SymbolFile } from "./symbols.js";

/** As many as nobody hits by chance. */
const MIN_BUILD_ID_DIGITS = 16;

/** What is known of the kernel, also by the file that was started. */
export interface FullProof extends KernelProof {
  /** By it the kernel's file names the file with its debug information. */
  readonly link?: DebugLink | undefined;
}

/**
 * A kernel's own file or the debug information of one.
 *
 * @throws LaneError `symbols-of-another-build`, `symbols-unproven`, `symbols-stripped`, `elf-damaged` (image)
 */
export function proveKernelSymbols(elf: Elf, path: string, proof: FullProof): SymbolFile {
  const buildId = buildIdOf(elf);
  const provenBy = proveBuild(elf, path, buildId, proof);
  if (!hasLinesIn(elf))
    throw refusal("symbols-stripped", path, "has no debug information (no section .debug_info)");
  return { path, buildId, provenBy };
}

function proveBuild(
  elf: Elf,
  path: string,
  buildId: string | undefined,
  proof: FullProof,
): SymbolFile["provenBy"] {
  if (buildId !== undefined && proof.buildId !== undefined) {
    if (sameBuildId(buildId, proof.buildId)) return "build id";
    throw anotherBuild(path, `its build id is ${buildId}, that of the kernel ${proof.buildId}`);
  }
  const said = saidBy(elf, proof.family);
  if (said !== undefined && proof.version !== undefined) {
    compare(path, "version", said.version, proof.version);
    compare(path, "release", said.release, proof.release);
    compare(path, "ident", said.ident, proof.ident);
    return proof.family === "freebsd" ? "ident and version" : "version";
  }
  if (proof.link !== undefined && crcOf(elf.file) === proof.link.crc) return "debug link";
  throw refusal("symbols-unproven", path, unproven(buildId, said, proof));
}

type Said = Pick<KernelProof, "version" | "release" | "ident">;

/** `undefined` for debug information alone, which has none of the kernel's own data, and for what is no kernel. */
function saidBy(elf: Elf, family: KernelProof["family"]): Said | undefined {
  if (family === "linux") return findBanner(elf);
  try {
    return identifyFreebsdKernel(elf.file);
  } catch (error) {
    if (error instanceof LaneError) return undefined;
    throw error;
  }
}

function compare(path: string, what: string, found?: string, wanted?: string): void {
  if (found === undefined || wanted === undefined || found.trim() === wanted.trim()) return;
  throw anotherBuild(path, `its ${what} is \`${found}\`, that of the kernel \`${wanted}\``);
}

/** Linux prints 20 bytes, also of one that is longer, and with zeros behind one that is shorter. */
export function sameBuildId(one: string, other: string): boolean {
  const [short, long] = [one, other]
    .map((id) => id.toLowerCase())
    .sort((a, b) => a.length - b.length);
  if (short!.length < MIN_BUILD_ID_DIGITS) return short === long;
  return long!.startsWith(short!);
}

function unproven(buildId: string | undefined, said: Said | undefined, proof: FullProof): string {
  const file =
    buildId !== undefined
      ? `has the build id ${buildId}`
      : said !== undefined
        ? `says its version, \`${said.version}\`,`
        : "says neither build id nor version";
  const known = [
    ...(proof.buildId === undefined ? [] : ["build id"]),
    ...(proof.version === undefined ? [] : ["version"]),
  ];
  const ran = known.length === 0 ? "neither of them" : `only the ${known.join(" and the ")}`;
  return `${file}, but of the kernel that ran ${ran} is known: whether they are of one build cannot be told`;
}

function anotherBuild(path: string, why: string): LaneError {
  return refusal("symbols-of-another-build", path, `is of another build: ${why}`);
}

function refusal(code: ErrorCode, path: string, what: string): LaneError {
  return new LaneError(code, `${path} ${what}`, { facts: { path } });
}
