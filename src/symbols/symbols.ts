/**
 * The values of this room: what a kernel says of itself, the files that are proven to be its symbols, and frames with their source lines.
 *
 *     KernelProof ─findSymbols▶ Symbols ─openSymbolizer▶ Symbolizer        Frame… ─resolve▶ ResolvedFrame… ─sourceAround▶ SourceExcerpt
 */
import type { GuestFamily } from "../base/family.js";
import type { Frame } from "../console/stack.js";
import type { ModulePlace } from "./module-files.js";

/** What the kernel that ran says of itself: by it a symbol file is proven. What is absent is not known. */
export interface KernelProof {
  readonly family: GuestFamily;
  /** In hexadecimal: `sysctl kern.build_id`, the end of Linux' line `CPU: …`. It decides alone where the file has one, too. */
  readonly buildId?: string | undefined;
  /** `uname -r`: `6.1.0-56-cloud-amd64`, `15.0-STABLE`. */
  readonly release?: string | undefined;
  /** Linux: `uname -v`, from the `#` on. FreeBSD: `sysctl kern.version`. */
  readonly version?: string | undefined;
  /** FreeBSD: `sysctl kern.ident`. */
  readonly ident?: string | undefined;
}

export interface SymbolQuery {
  readonly proof: KernelProof;
  /** The kernel's file that was started, where this host has it: symbols are looked for beside it, and in the tree that built it. */
  readonly kernel?: string | undefined;
  /** What the user named: files with symbols, and folders that hold them. A file that is wrong is an error, and not passed over. */
  readonly given?: readonly string[];
}

/** A file whose symbols are those of the kernel that ran. */
export interface SymbolFile {
  readonly path: string;
  readonly buildId: string | undefined;
  /** How it is known that it is the right one. `debug link`: the checksum by which the kernel that was started names it. */
  readonly provenBy: "build id" | "version" | "ident and version" | "debug link";
}

export interface Symbols {
  readonly proof: KernelProof;
  /** Of the kernel itself; absent where there are none. */
  readonly kernel?: SymbolFile;
  /** Where the files of modules are looked for when a frame is in one, the likeliest first. */
  readonly modulePlaces: readonly ModulePlace[];
  /** Files and folders that were looked for. */
  readonly lookedFor: readonly string[];
  /** What was there and is not used, a sentence each: `/usr/lib/debug/boot/vmlinux-6.1 is of another build: …`. */
  readonly passedOver: readonly string[];
}

/** One place in the source. */
export interface SourcePlace {
  readonly function: string;
  /** As the compiler was told it, made absolute by the folder that it ran in: the tree need not be on this host. */
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}

export interface ResolvedFrame {
  readonly frame: Frame;
  /** Innermost first: all but the last are calls that were inlined. None where the frame could not be resolved. */
  readonly places: readonly SourcePlace[];
  /** Why there are none: `vmlinux has 2 functions init_once, and the line does not say which`. */
  readonly problem?: string;
}

export interface Symbolizer extends AsyncDisposable {
  /** The program that is used: `/usr/bin/llvm-symbolizer`. */
  readonly program: string;
  /**
   * One for each frame, in their order. Never rejects for what is wrong with a file or for a program that dies or hangs: the frames have
   * the problem.
   */
  resolve(frames: readonly Frame[]): Promise<readonly ResolvedFrame[]>;
}

/** Lines of the source around a place. */
export interface SourceExcerpt {
  /** Where the file is on this host. */
  readonly path: string;
  /** The number of the first line. */
  readonly firstLine: number;
  /** At most five, without line breaks. */
  readonly lines: readonly string[];
}
