/** A kernel and a module that are none, compiled with debug information: what a build of Linux or FreeBSD leaves, for readers of symbols. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Frame } from "../src/console/stack.js";
import { findSymbols } from "../src/symbols/find-symbols.js";
import { openSymbolizer, type SymbolizerOptions } from "../src/symbols/open-symbolizer.js";
import type { ResolvedFrame, SymbolQuery } from "../src/symbols/symbols.js";

export const RELEASE = "6.1.0-test";
const VERSION = "#1 SMP Mon Nov 16 10:17:40 UTC 2026";
/** What the kernel says of itself. */
export const proof = { family: "linux", release: RELEASE, version: VERSION } as const;

const kernelSource = `
const char linux_banner[] = "Linux version ${RELEASE} (a@b) (gcc) VERSION\\n";
int volatile *volatile nowhere;
static inline __attribute__((always_inline)) void write_nowhere(void)
{
	*nowhere = 1;
}
__attribute__((noinline)) void fault_oops(void)
{
	write_nowhere();
}
static __attribute__((noinline)) int twice(int n) { return n + *nowhere; }
int first(int n) { return twice(n) + 1; }
void _start(void) { fault_oops(); first(1); for (;;); }
`;

const secondSource = `
extern int volatile *volatile nowhere;
static __attribute__((noinline)) int twice(int n)
{
	for (int i = 0; i < n; i++)
		n += *nowhere * i;
	return n;
}
int second(int n) { return twice(n) + 2; }
`;

const moduleSource = `
static const char info[] __attribute__((section(".modinfo"), used)) = "license=GPL\\0vermagic=${RELEASE} SMP";
int volatile *volatile nowhere;
static inline __attribute__((always_inline)) void write_nowhere(void)
{
	*nowhere = 1;
}
__attribute__((noinline)) void module_oops(void)
{
	write_nowhere();
}
__attribute__((noinline, section(".init.text"))) int start_module(void)
{
	module_oops();
	return *nowhere;
}
`;

export interface CompiledKernel {
  readonly folder: string;
  readonly vmlinux: string;
  readonly module: string;
}

export interface CompileOptions {
  readonly version?: string;
  /** `none` for a file without. */
  readonly buildId?: string;
  readonly dwarf?: 4 | 5;
}

export function compileKernel(folder: string, options: CompileOptions = {}): CompiledKernel {
  const { version = VERSION, buildId = "sha1", dwarf = 4 } = options;
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write("kernel.c", kernelSource.replace("VERSION", version));
  write("second.c", secondSource);
  write("twq_module.c", moduleSource);
  const target = [
    "--target=x86_64-unknown-linux-gnu",
    "-mcmodel=kernel",
    "-fno-pic",
    "-ffreestanding",
  ];
  const compile = (name: string): string => {
    const object = `${name}.o`;
    const debug = ["-O2", `-gdwarf-${dwarf}`, "-fno-omit-frame-pointer"];
    run("clang", [...target, ...debug, "-c", `${name}.c`, "-o", object], folder);
    return object;
  };
  const link = (args: readonly string[]): string =>
    run("ld.lld", ["-m", "elf_x86_64", `--build-id=${buildId}`, ...args], folder);
  link(["-Ttext=0xffffffff81000000", compile("kernel"), compile("second"), "-o", "vmlinux"]);
  link(["-r", compile("twq_module"), "-o", "twq_module.ko"]);
  return { folder, vmlinux: join(folder, "vmlinux"), module: join(folder, "twq_module.ko") };
}

/** Bytes from a function's start to its first instruction that the pattern matches in AT&T's syntax, and to the one behind it. */
function instructionAt(
  file: string,
  name: string,
  pattern: RegExp,
): { readonly start: number; readonly end: number } {
  const listing = run("objdump", ["-d", "--no-show-raw-insn", file], ".");
  const [, start, body] = new RegExp(`^(\\w+) <${name}>:\n((?:.+\n)*)`, "m").exec(listing)!;
  const lines = [...body!.matchAll(/^ *(\w+):\t(.*)$/gm)];
  const at = lines.findIndex(([, , text]) => pattern.test(text!));
  const offsetOf = (index: number): number =>
    Number(BigInt(`0x${lines[index]![1]!}`) - BigInt(`0x${start!}`));
  return { start: offsetOf(at), end: offsetOf(at + 1) };
}

export function run(program: string, args: readonly string[], cwd: string): string {
  return execFileSync(program, args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 * 1024 * 1024,
  });
}

export interface TestFrames {
  /** The instruction of `fault_oops` that faults, in an inlined function. */
  readonly oops: Frame;
  /** In the two static functions `twice`, of kernel.c and of second.c. */
  readonly inFirst: Frame;
  readonly inSecond: Frame;
  readonly inModule: Frame;
  /** Behind a call in the module's section `.init.text`. */
  readonly inInit: Frame;
}

export function framesOf(kernel: CompiledKernel): TestFrames {
  const store = /movl +\$0x1,\(/;
  const exact = { isExact: true, reliable: true } as const;
  const sizes = run("nm", ["-nS", kernel.vmlinux], ".").matchAll(/ (\w+) t twice$/gm);
  const [inFirst, inSecond] = [...sizes].map(([, size]) => {
    return { function: "twice", offsetBytes: 6, sizeBytes: Number(`0x${size!}`), reliable: true };
  });
  const offsetOf = (file: string, name: string): number => instructionAt(file, name, store).start;
  const module = "twq_module";
  return {
    oops: { ...exact, function: "fault_oops", offsetBytes: offsetOf(kernel.vmlinux, "fault_oops") },
    inFirst: inFirst!,
    inSecond: inSecond!,
    inModule: {
      ...exact,
      function: "module_oops",
      offsetBytes: offsetOf(kernel.module, "module_oops"),
      module,
    },
    inInit: {
      function: "start_module",
      offsetBytes: instructionAt(kernel.module, "start_module", /^call/).end,
      module,
      reliable: true,
    },
  };
}

/** Looks for symbols as a user's run does, and resolves. */
export async function resolveWith(
  query: SymbolQuery,
  frames: readonly Frame[],
  options?: SymbolizerOptions,
): Promise<readonly ResolvedFrame[]> {
  await using symbolizer = await openSymbolizer(await findSymbols(query), options);
  return await symbolizer.resolve(frames);
}

/** `fault_oops kernel.c:12` for each place, or the problem. */
export function told({ places, problem }: ResolvedFrame): readonly string[] {
  if (problem !== undefined) return [problem];
  return places.map((place) => `${place.function} ${basename(place.file)}:${place.line}`);
}
