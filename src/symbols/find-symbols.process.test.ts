/** Which files are found and taken for the kernel's, and which are refused. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import {
  compileKernel,
  framesOf,
  proof,
  RELEASE,
  resolveWith,
  run,
  told,
  type CompiledKernel,
  type TestFrames,
} from "../../test/symbols-fixture.js";
import { tempFolder } from "../../test/temp-folder.js";
import type { Frame } from "../console/stack.js";
import { findProgram } from "../host/paths.js";
import { findSymbols } from "./find-symbols.js";
import { openSymbolizer, type SymbolizerOptions } from "./open-symbolizer.js";
import type { ResolvedFrame, SymbolQuery } from "./symbols.js";

const folder = tempFolder("symbols");
let kernel: CompiledKernel;
let frames: TestFrames;
let other: CompiledKernel;

beforeAll(() => {
  kernel = compileKernel(join(folder, "kernel"));
  frames = framesOf(kernel);
  other = compileKernel(join(folder, "other"), { version: "#2 SMP later" });
});

beforeEach(() => {
  vi.stubEnv("XDG_CACHE_HOME", tempFolder("symbols-cache"));
});

afterEach(() => {
  vi.unstubAllEnvs();
});

const resolve = (
  query: Partial<SymbolQuery>,
  some: readonly Frame[],
  options?: SymbolizerOptions,
): Promise<readonly ResolvedFrame[]> =>
  resolveWith({ proof, given: [kernel.vmlinux], ...query }, some, options);

const inFolder = (name: string): string => {
  const path = join(folder, name);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path);
  return path;
};

test("takes a folder, and finds the kernel and its modules in it", async () => {
  const found = await resolve({ given: [kernel.folder] }, [frames.oops, frames.inModule]);
  expect(found.map(({ problem }) => problem)).toEqual([undefined, undefined]);
});

test("finds symbols beside the kernel that was started", async () => {
  const symbols = await findSymbols({ proof, kernel: join(kernel.folder, "bzImage") });
  expect(symbols.kernel).toMatchObject({ path: kernel.vmlinux, provenBy: "version" });
});

test.each([
  ["compressed debug information", ["--compress-debug-sections=zlib"]],
  ["debug information alone", ["--only-keep-debug"]],
])("reads %s", async (_, args) => {
  const at = inFolder("changed");
  for (const file of [kernel.vmlinux, kernel.module])
    run("objcopy", [...args, file, join(at, basename(file))], folder);
  const buildId = run("readelf", ["-n", kernel.vmlinux], folder).match(/Build ID: (\w+)/)![1]!;
  const query = { proof: { ...proof, buildId }, given: [at] };
  const found = await resolve(query, [frames.oops, frames.inModule, frames.inInit]);
  expect(found.map(({ places }) => places.length)).toEqual([2, 2, 1]);
});

test("follows a stripped file to its debug information", async () => {
  const at = inFolder("linked");
  const stripped = join(at, "vmlinux");
  run("objcopy", ["--only-keep-debug", kernel.vmlinux, join(at, "vmlinux.dbg")], folder);
  run(
    "objcopy",
    ["--strip-debug", `--add-gnu-debuglink=${join(at, "vmlinux.dbg")}`, kernel.vmlinux, stripped],
    folder,
  );
  const symbols = await findSymbols({ proof, kernel: stripped, given: [stripped] });
  expect(symbols.kernel?.path).toBe(join(at, "vmlinux.dbg"));
});

test("proves debug information without a build id by the checksum in the kernel's file", async () => {
  const { vmlinux } = compileKernel(join(folder, "no-id"), { buildId: "none" });
  const at = inFolder("by-checksum");
  const debug = join(at, "vmlinux.debug");
  run("objcopy", ["--only-keep-debug", vmlinux, debug], folder);
  const stripped = join(at, "kernel");
  run("objcopy", ["--strip-debug", `--add-gnu-debuglink=${debug}`, vmlinux, stripped], folder);
  const symbols = await findSymbols({ proof, kernel: stripped, given: [debug] });
  expect(symbols.kernel).toMatchObject({ path: debug, provenBy: "debug link" });
  await expect(findSymbols({ proof, given: [debug] })).rejects.toMatchObject({
    code: "symbols-unproven",
  });
});

const refused: readonly (readonly [string, () => string, string, RegExp])[] = [
  [
    "a file of another build",
    () => other.vmlinux,
    "symbols-of-another-build",
    /#2 SMP later.*#1 SMP/,
  ],
  ["a missing file", () => join(folder, "missing"), "symbols-not-found", /does not exist/],
  ["a folder without any", () => inFolder("empty"), "symbols-not-found", /looked for vmlinux/],
  ["a text file", () => join(kernel.folder, "kernel.c"), "symbols-unreadable", /it is a text file/],
  [
    "a stripped kernel",
    () => {
      const path = join(inFolder("stripped"), "vmlinux");
      run("strip", [kernel.vmlinux, "-o", path], folder);
      return path;
    },
    "symbols-stripped",
    /no debug information/,
  ],
  [
    "a named pipe",
    () => {
      const path = join(inFolder("pipe"), "vmlinux");
      run("mkfifo", [path], folder);
      return path;
    },
    "symbols-unreadable",
    /named pipe/,
  ],
  [
    "a file that was cut off",
    () => {
      const path = join(inFolder("cut"), "vmlinux");
      writeFileSync(path, readFileSync(kernel.vmlinux).subarray(0, 3000));
      return path;
    },
    "elf-damaged",
    /damaged or truncated/,
  ],
];
test.each(refused)("refuses %s", async (_, path, code, message) => {
  const query = { proof, given: [path()] };
  await expect(findSymbols(query)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message) as string,
  });
});

test("refuses another build by its build id", async () => {
  const query = { proof: { ...proof, buildId: "00".repeat(20) }, given: [kernel.vmlinux] };
  await expect(findSymbols(query)).rejects.toThrow(
    /its build id is \w{40}, that of the kernel 0000/,
  );
});

test("passes over another build that lies where symbols are looked for", async () => {
  const symbols = await findSymbols({ proof, kernel: join(other.folder, "bzImage") });
  expect(symbols.kernel).toBeUndefined();
  expect(symbols.passedOver).toEqual([expect.stringContaining("of another build")]);
  await using symbolizer = await openSymbolizer(symbols);
  const [found] = await symbolizer.resolve([frames.oops]);
  expect(told(found!)[0]).toMatch(/^no symbols of the kernel were found: .*another build/);
});

test("refuses the module of another kernel, and of another build", async () => {
  const at = inFolder("modules");
  copyFileSync(kernel.module, join(at, "twq_module.ko"));
  const symbols = {
    ...(await findSymbols({ proof, given: [kernel.vmlinux] })),
    proof: { ...proof, release: "6.2.0" },
    modulePlaces: [{ path: at, isDeep: true }],
  };
  await using symbolizer = await openSymbolizer(symbols);
  const { inModule } = frames;
  const ofId = { ...inModule, buildId: "11".repeat(20) };
  const found = await symbolizer.resolve([inModule, ofId, { ...inModule, module: "missing" }]);
  expect(found.map(told)).toEqual([
    [expect.stringContaining(`was built for ${RELEASE}, and 6.2.0 ran`)],
    [expect.stringContaining("of another build: its build id is")],
    [expect.stringContaining("no file of the module missing")],
  ]);
});

test("gives no line of damaged debug information, and says so", async () => {
  const path = join(inFolder("damaged"), "vmlinux");
  const sections = run("readelf", ["-SW", kernel.vmlinux], folder);
  const bytes = readFileSync(kernel.vmlinux);
  for (const name of [".debug_line", ".debug_info", ".debug_abbrev"]) {
    const [, offset, size] = new RegExp(
      `${name.replace(".", "\\.")} +\\w+ +\\w+ (\\w+) (\\w+)`,
    ).exec(sections)!;
    bytes.fill(0xff, Number(`0x${offset}`), Number(`0x${offset}`) + Number(`0x${size}`));
  }
  writeFileSync(path, bytes);
  const [found] = await resolve({ given: [path] }, [frames.oops]);
  expect(found!.places).toEqual([]);
  expect(found!.problem).toMatch(/finds no line for fault_oops\+0x\w+ in vmlinux|llvm-symbolizer/);
});

test("does not ask addr2line about DWARF 5, of which it names wrong files", async () => {
  const { vmlinux } = compileKernel(join(folder, "dwarf5"), { dwarf: 5 });
  const program = { kind: "addr2line", path: findProgram("addr2line")! } as const;
  const [found] = await resolve({ given: [vmlinux] }, [frames.oops], { program });
  expect(told(found!)[0]).toMatch(/DWARF 5.*install llvm/);
  const [byLlvm] = await resolve({ given: [vmlinux] }, [frames.oops]);
  expect(byLlvm!.places).toHaveLength(2);
});
