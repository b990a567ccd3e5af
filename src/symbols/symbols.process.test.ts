/** Frames to lines with a real compiler and real programs, and with programs that fail. */
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  compileKernel,
  framesOf,
  proof,
  resolveWith,
  run,
  told,
  type CompiledKernel,
  type TestFrames,
} from "../../test/symbols-fixture.js";
import { tempFolder } from "../../test/temp-folder.js";
import type { Frame } from "../console/stack.js";
import { findProgram } from "../host/paths.js";
import { openSymbolizer, type SymbolizerOptions } from "./open-symbolizer.js";
import { findSymbolizerProgram, type SymbolizerProgram } from "./symbolizer-program.js";
import type { ResolvedFrame, SymbolQuery, Symbols } from "./symbols.js";

const folder = tempFolder("symbols");
let kernel: CompiledKernel;
let frames: TestFrames;

beforeAll(() => {
  kernel = compileKernel(join(folder, "kernel"));
  frames = framesOf(kernel);
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

const lineOf = (source: string, text: string): number =>
  readFileSync(join(kernel.folder, source), "utf8")
    .split("\n")
    .findIndex((line) => line.includes(text)) + 1;

describe.each(["llvm-symbolizer", "addr2line"] as const)("%s", (kind) => {
  const program = (): SymbolizerProgram => ({ kind, path: findProgram(kind)! });

  test("gives the line of an inlined call and of its caller", async () => {
    const [found] = await resolve({}, [frames.oops], { program: program() });
    expect(told(found!)).toEqual([
      `write_nowhere kernel.c:${lineOf("kernel.c", "*nowhere = 1")}`,
      `fault_oops kernel.c:${lineOf("kernel.c", "\twrite_nowhere()")}`,
    ]);
  });

  test("tells static functions of one name apart by their size", async () => {
    const found = await resolve({}, [frames.inFirst, frames.inSecond], { program: program() });
    expect(found.map(({ places }) => basename(places[0]!.file))).toEqual(["kernel.c", "second.c"]);
  });

  test("finds a module beside the kernel, and knows its sections apart", async () => {
    const found = await resolve({}, [frames.inModule, frames.inInit], { program: program() });
    expect(found.map(told)).toEqual([
      [
        `write_nowhere twq_module.c:${lineOf("twq_module.c", "*nowhere = 1")}`,
        `module_oops twq_module.c:${lineOf("twq_module.c", "\twrite_nowhere()")}`,
      ],
      [`start_module twq_module.c:${lineOf("twq_module.c", "\tmodule_oops()")}`],
    ]);
  });
});

test("prefers llvm-symbolizer, of which the version is known", async () => {
  const { kind, version } = await findSymbolizerProgram();
  expect([kind, Number.parseInt(version!, 10) >= 13]).toEqual(["llvm-symbolizer", true]);
});

test("says what is missing where no program is", async () => {
  vi.stubEnv("PATH", tempFolder("no-programs"));
  await expect(findSymbolizerProgram()).rejects.toMatchObject({ code: "symbolizer-missing" });
});

test("agrees with nm and addr2line at every place of every function", async () => {
  const symbols = run("nm", ["-S", "--defined-only", kernel.vmlinux], folder)
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, , type]) => type === "T" || type === "t")
    .map(([at, size, , name]) => ({
      at: BigInt(`0x${at}`),
      sizeBytes: Number(`0x${size}`),
      name: name!,
    }));
  const places = symbols.flatMap(({ at, sizeBytes, name }) =>
    Array.from({ length: sizeBytes }, (_, offsetBytes) => ({
      address: `0x${(at + BigInt(offsetBytes)).toString(16)}`,
      frame: { function: name, offsetBytes, sizeBytes, isExact: true as const, reliable: true },
    })),
  );
  const said = await resolve(
    {},
    places.map(({ frame }) => frame),
  );
  const addresses = places.map(({ address }) => address);
  const oracle = run("addr2line", ["-a", "-i", "-e", kernel.vmlinux, ...addresses], folder);
  const expected = oracle.split(/^0x.*\n/m).slice(1);
  expect(said.map((one) => one.places.map(({ file, line }) => `${file}:${line}`))).toEqual(
    expected.map((group) =>
      group
        .trim()
        .split("\n")
        .map((line) => line.replace(/ \(discr.*/, ""))
        .filter((line) => !line.endsWith(":?")),
    ),
  );
});

describe("FreeBSD, which names no module", () => {
  const inKernelOf = async (modules: readonly string[], some: readonly Frame[]) => {
    const symbols: Symbols = {
      proof: { family: "freebsd" },
      kernel: { path: kernel.vmlinux, buildId: undefined, provenBy: "build id" },
      modulePlaces: modules.map((path) => ({ path, isDeep: true })),
      lookedFor: [],
      passedOver: [],
    };
    await using symbolizer = await openSymbolizer(symbols);
    return (await symbolizer.resolve(some)).map(told);
  };
  const unnamed = (frame: Frame): Frame => {
    const { module, ...rest } = frame;
    expect(module).toBe("twq_module");
    return rest;
  };

  test("has a function of the kernel in the kernel, and another in the module that has it", async () => {
    const found = await inKernelOf(
      [kernel.module],
      [frames.oops, unnamed(frames.inModule), unnamed(frames.inInit)],
    );
    expect(found.map((lines) => lines.at(-1))).toEqual([
      expect.stringMatching(/^fault_oops kernel\.c:/),
      expect.stringMatching(/^module_oops twq_module\.c:/),
      expect.stringMatching(/^start_module twq_module\.c:/),
    ]);
  });

  test("takes an address that is not the kernel's for another file's", async () => {
    const elsewhere = { ...frames.oops, address: "0xffffffff82345678" };
    const [found] = await inKernelOf([kernel.module], [elsewhere]);
    expect(found![0]).toMatch(/^fault_oops\+0x\w+ is not at 0xffffffff82345678 in vmlinux$/);
  });

  test("takes none where two modules have the function", async () => {
    const twin = join(tempFolder("modules"), "other.ko");
    copyFileSync(kernel.module, twin);
    const [found] = await inKernelOf([kernel.module, twin], [unnamed(frames.inModule)]);
    expect(found).toEqual([
      "2 modules have a function module_oops, and the line does not say which",
    ]);
  });
});

describe("a program that fails", () => {
  const standIn = (script: string): SymbolizerProgram => {
    const path = join(tempFolder("stand-in"), "llvm-symbolizer");
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return { kind: "llvm-symbolizer", path };
  };

  test.each([
    [
      "dies",
      "echo 'out of memory' >&2; exit 3",
      /llvm-symbolizer ended with status 3: out of memory/,
    ],
    ["is killed", "kill -9 $$", /ended by SIGKILL/],
    ["says nothing", "sleep 60", /did not answer within 0.5 s/],
    ["writes nonsense", "echo nonsense; echo nonsense; sleep 60", /answered nonsense/],
    ["writes a line without an end", "yes | tr -d '\\n'", /ended by SIGKILL|did not answer/],
  ])("gives the frames the problem where it %s", async (_, script, problem) => {
    const options = { program: standIn(script), deadlineMs: 500 };
    const found = await resolve({}, [frames.oops, frames.inFirst], options);
    expect(found.map(({ places }) => places)).toEqual([[], []]);
    for (const one of found) expect(one.problem).toMatch(problem);
  });

  test("is not needed for what was asked before", async () => {
    const [before] = await resolve({}, [frames.oops]);
    const [after] = await resolve({}, [frames.oops], { program: standIn("exit 1") });
    expect(after).toEqual(before);
  });
});

test("keeps nothing in the temporary folder", async () => {
  vi.stubEnv("TMPDIR", tempFolder("symbols-tmp"));
  await resolve({}, [frames.inModule]);
  expect(run("ls", [dirname(join(process.env["TMPDIR"]!, "x"))], folder)).toBe("");
});
