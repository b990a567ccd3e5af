/** Which program of this host reads debug information. */
import { LaneError } from "../base/errors.js";
import { runCommand } from "../host/command.js";
import { findProgram } from "../host/paths.js";

export interface SymbolizerProgram {
  readonly kind: "llvm-symbolizer" | "addr2line";
  readonly path: string;
  /** `14.0.6`, `2.40`; absent where the program does not say. */
  readonly version?: string;
}

/** The first that answers in JSON. */
const FIRST_LLVM = 13;
const NEWEST_LLVM = 30;
const VERSION_MS = 10_000;

/** Debian's and FreeBSD's packages name each version of LLVM by its number. */
const LLVM_NAMES: readonly string[] = [
  "llvm-symbolizer",
  ...Array.from(
    { length: NEWEST_LLVM - FIRST_LLVM + 1 },
    (_, index) => NEWEST_LLVM - index,
  ).flatMap((version) => [`llvm-symbolizer-${version}`, `llvm-symbolizer${version}`]),
];

/**
 * LLVM's program where there is one that is new enough, since it is kept open and finds a line of a large file at once; else addr2line.
 *
 * @throws LaneError `symbolizer-missing` (host)
 */
export async function findSymbolizerProgram(): Promise<SymbolizerProgram> {
  let tooOld: string | undefined;
  for (const path of LLVM_NAMES.map(findProgram)) {
    if (path === undefined) continue;
    const version = await versionOf(path, /LLVM version (\d+[\w.]*)/);
    if (version !== undefined && Number.parseInt(version, 10) >= FIRST_LLVM)
      return { kind: "llvm-symbolizer", path, version };
    tooOld ??= `${path} ${version === undefined ? "does not say its version" : `is of LLVM ${version}`}`;
  }
  const path = findProgram("addr2line");
  if (path !== undefined) {
    const version = await versionOf(path, /(\d+\.\d[\w.]*)\s*$/m);
    return { kind: "addr2line", path, ...(version === undefined ? {} : { version }) };
  }
  const found = tooOld === undefined ? "neither llvm-symbolizer" : `${tooOld}, and neither`;
  throw new LaneError(
    "symbolizer-missing",
    `${found} nor addr2line is in PATH: frames have no source lines`,
  );
}

async function versionOf(path: string, pattern: RegExp): Promise<string | undefined> {
  try {
    const { stdout } = await runCommand({ argv: [path, "--version"] }, VERSION_MS);
    return pattern.exec(stdout)?.[1];
  } catch (error) {
    if (error instanceof LaneError) return undefined;
    throw error;
  }
}
