/** Symbols of kernels that were really built: lines of random places beside what other programs say, and builds told apart. No guest is booted. */
import { copyFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, inject, test, vi } from "vitest";
import type { Frame } from "../../src/console/stack.js";
import { findSymbols } from "../../src/symbols/find-symbols.js";
import { openSymbolizer } from "../../src/symbols/open-symbolizer.js";
import { run } from "../symbols-fixture.js";
import { tempFolder } from "../temp-folder.js";

const PLACES = 300;

beforeEach(() => {
  vi.stubEnv("XDG_CACHE_HOME", tempFolder("symbols-cache"));
});

afterEach(() => {
  vi.unstubAllEnvs();
});

interface Place {
  readonly section: number;
  readonly address: bigint;
  readonly frame: Frame;
}

/** In some functions of those that readelf(1) lists, a place: the same ones in each run. */
function somePlaces(file: string, module?: string): readonly Place[] {
  const functions = run("readelf", ["-sW", file], ".").matchAll(
    /^ *\d+: (\w+) +(\d+) FUNC +\w+ +\w+ +(\d+) (\S+)$/gm,
  );
  const all = [...functions].filter(([, , size]) => Number(size) > 1);
  const names = new Map<string, number>();
  for (const [, , size, , name] of all) {
    const key = `${name} ${size}`;
    names.set(key, (names.get(key) ?? 0) + 1);
  }
  const single = all.filter(([, , size, , name]) => names.get(`${name} ${size}`) === 1);
  const step = Math.max(1, Math.floor(single.length / PLACES));
  return single
    .filter((_, index) => index % step === 0)
    .map(([, value, size, section, name], index) => {
      const offsetBytes = (index * 7919) % Number(size);
      const exact = { isExact: true, reliable: true, sizeBytes: Number(size) } as const;
      const frame: Frame = {
        function: name!,
        offsetBytes,
        ...exact,
        ...(module ? { module } : {}),
      };
      return {
        section: Number(section),
        address: BigInt(`0x${value!}`) + BigInt(offsetBytes),
        frame,
      };
    });
}

/** What addr2line says, for a section where it has to be told which. */
function oracle(file: string, places: readonly Place[], section?: string): readonly string[] {
  const where = section === undefined ? [] : ["-j", section];
  const addresses = places.map(({ address }) => `0x${address.toString(16)}`);
  const answers = run("addr2line", ["-a", "-i", ...where, "-e", file, ...addresses], ".");
  return answers
    .split(/^0x.*\n/m)
    .slice(1)
    .map((group) =>
      group
        .trim()
        .split("\n")
        .map((line) => line.replace(/ \(discriminator.*/, "").replaceAll("/./", "/"))
        .filter((line) => !/:[?0]$/.test(line))
        .join(" "),
    );
}

async function said(frames: readonly Frame[]): Promise<readonly string[]> {
  const symbols = await findSymbols({ proof: { family: "linux" }, kernel: inject("twinKernel") });
  await using symbolizer = await openSymbolizer(symbols);
  const resolved = await symbolizer.resolve(frames);
  return resolved.map(({ places }) => places.map(({ file, line }) => `${file}:${line}`).join(" "));
}

const beside = (kernel: string, name: string): string => join(dirname(kernel), name);

test("places all over a kernel have the lines that addr2line says", async () => {
  const vmlinux = beside(inject("twinKernel"), "vmlinux");
  const places = somePlaces(vmlinux);
  expect(places.length).toBeGreaterThanOrEqual(PLACES);
  const found = await said(places.map(({ frame }) => frame));
  // "/a/../b" is one folder to us, and two to addr2line.
  const normal = (text: string): string =>
    text.replace(/[^/ ]+\/\.\.\//g, "").replace(/[^/ ]+\/\.\.\//g, "");
  expect(found).toEqual(oracle(vmlinux, places).map(normal));
});

test("places of a module have the lines of their section", async () => {
  const module = beside(inject("twinKernel"), "twq_module.ko");
  const places = somePlaces(module, "twq_module").filter(
    ({ frame }) => frame.function !== "init_module",
  );
  expect(places.map(({ frame }) => frame.function)).toEqual(
    expect.arrayContaining(["write_fault", "module_oops", "start_module"]),
  );
  const sections = [...run("readelf", ["-SW", module], ".").matchAll(/^ *\[ *(\d+)\] (\S+)/gm)];
  const found = await said(places.map(({ frame }) => frame));
  const expected = places.map((place) => {
    const [, , name] = sections.find(([, number]) => Number(number) === place.section)!;
    return oracle(module, [place], name)[0];
  });
  expect(found).toEqual(expected);
});

test("the kernel that a bzImage packs proves its vmlinux, and no other one", async () => {
  const proof = { family: "linux" } as const;
  const kernel = inject("twinKernel");
  const { kernel: found } = await findSymbols({ proof, kernel });
  const [, buildId] = /Build ID: (\w+)/.exec(run("readelf", ["-n", found!.path], "."))!;
  expect(found).toEqual({ path: beside(kernel, "vmlinux"), buildId, provenBy: "build id" });
  // The same release but for its name, and the same sources.
  const other = beside(inject("statefulKernel"), "vmlinux");
  await expect(findSymbols({ proof, kernel, given: [other] })).rejects.toMatchObject({
    code: "symbols-of-another-build",
  });
  const alone = join(tempFolder("alone"), "bzImage");
  copyFileSync(kernel, alone);
  await expect(findSymbols({ proof, kernel: alone, given: [kernel] })).rejects.toThrow(
    /bzImage.*expected an ELF file/,
  );
});
