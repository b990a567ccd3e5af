import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/temp-folder.js";
import { findModules, moduleCaveats, type OwnModules } from "./modules.js";
import type { KernelFile } from "../guest.js";

function objects(...names: readonly string[]): string {
  const folder = tempFolder("objects");
  for (const name of ["kernel", ...names]) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), "");
  }
  return folder;
}

test("finds the modules beside a kernel and where its build leaves them, each once", () => {
  const folder = objects(
    "nullfs.ko",
    "modules/usr/src/sys/modules/tmpfs/tmpfs.ko",
    "modules/usr/src/sys/modules/nullfs/nullfs.ko",
    "modules/usr/src/sys/modules/tmpfs/tmpfs.ko.debug",
  );
  expect(findModules(join(folder, "kernel"))).toEqual([
    join(folder, "nullfs.ko"),
    join(folder, "modules/usr/src/sys/modules/tmpfs/tmpfs.ko"),
  ]);
});

test("takes nothing of folders that merely lie beside the kernel", () => {
  const folder = objects("nullfs.ko", "other/kernel.old/tmpfs.ko");
  expect(findModules(join(folder, "kernel"))).toEqual([join(folder, "nullfs.ko")]);
});

test("refuses a kernel without modules, with what was looked for and how they are built", () => {
  const kernel = join(objects("nullfs.ko.debug", "elsewhere/nullfs.ko"), "kernel");
  expect(() => findModules(kernel)).toThrow(
    expect.objectContaining({
      code: "modules-not-found",
      who: "image",
      message: expect.stringContaining(`${dirname(kernel)}/*.ko`) as string,
      hint: expect.stringContaining("NO_MODULES") as string,
    }) as Error,
  );
});

const own: OwnModules = {
  options: ["DDB"],
  modules: ["nullfs.ko", "tmpfs.ko", "virtio.ko"],
};

function debugKernel(part: Partial<KernelFile> = {}): KernelFile {
  return {
    path: "/obj/kernel",
    identity: { label: "TWQDEBUG" },
    origin: "given",
    slot: "TWQDEBUG",
    options: ["DDB", "INVARIANTS", "WITNESS"],
    ...part,
  };
}

test("a kernel whose options change what modules share does not fit the image's", () => {
  expect(moduleCaveats(debugKernel(), own)).toEqual([
    expect.stringMatching(/differ in INVARIANTS, WITNESS: .*--with-modules/) as string,
  ]);
});

test("modules of its own leave the doubt about those that are not among them", () => {
  const some = debugKernel({ modules: ["/obj/modules/nullfs/nullfs.ko"] });
  expect(moduleCaveats(some, own)).toEqual([
    expect.stringMatching(
      /differ in INVARIANTS, WITNESS: 2 of the image's modules .*: tmpfs\.ko, virtio\.ko$/,
    ) as string,
  ]);
  const all = debugKernel({ modules: own.modules.map((name) => `/obj/modules/${name}`) });
  expect(moduleCaveats(all, own)).toEqual([]);
});

test("names a few of many modules, and counts the others", () => {
  const many = Array.from({ length: 52 }, (_, index) => `m${index}.ko`);
  const kernel = debugKernel({ modules: ["/obj/nullfs.ko"] });
  const [caveat] = moduleCaveats(kernel, { ...own, modules: many });
  expect(caveat).toMatch(/52 of the image's modules .*m0\.ko, .* and 44 more$/);
});

test.each([
  ["the same options", debugKernel({ options: ["DDB", "SMP"] })],
  [
    "a configuration that it does not include",
    { path: "/obj/kernel", identity: { label: "TWQDEBUG" }, origin: "given" },
  ],
])("has nothing to say of %s", (_, kernel) => {
  expect(moduleCaveats(kernel, own)).toEqual([]);
});
