/** Where files are looked for, and which are there. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/temp-folder.js";
import { moduleFolders, placesInFolder, usualPlaces } from "./kernel-places.js";
import { listModuleFiles } from "./module-files.js";

test("Linux: beside the kernel, at the top of its tree, and where packages have it", () => {
  const proof = { family: "linux", release: "6.1.0-9", buildId: "abcd".repeat(10) } as const;
  const places = usualPlaces(proof, "/src/linux/arch/x86/boot/bzImage");
  expect(places).toEqual(
    expect.arrayContaining([
      "/src/linux/arch/x86/boot/vmlinux",
      "/src/linux/vmlinux",
      `/usr/lib/debug/.build-id/ab/${"abcd".repeat(10).slice(2)}.debug`,
      "/usr/lib/debug/boot/vmlinux-6.1.0-9",
      "/usr/lib/debug/lib/modules/6.1.0-9/vmlinux",
      "/usr/lib/debug/usr/lib/modules/6.1.0-9/vmlinux",
    ]),
  );
  expect(moduleFolders(proof)).toContain("/usr/lib/debug/lib/modules/6.1.0-9");
});

test("FreeBSD: in the object directory, and below usr/lib/debug of the same root", () => {
  const proof = { family: "freebsd", ident: "TWQDEBUG" } as const;
  expect(usualPlaces(proof, "/root/boot/TWQDEBUG/kernel")).toEqual([
    "/root/boot/TWQDEBUG/kernel.debug",
    "/root/boot/TWQDEBUG/kernel.full",
    "/root/usr/lib/debug/boot/TWQDEBUG/kernel.debug",
    "/root/boot/TWQDEBUG/kernel",
    "/usr/lib/debug/boot/kernel/kernel.debug",
    "/usr/lib/debug/boot/TWQDEBUG/kernel.debug",
  ]);
});

test("what a guest says of itself leads to no other folder", () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom("..", "../../etc", "/etc/passwd", "a/../b", ".", "\0"),
  );
  const proofs = fc.record({ buildId: text, release: text, ident: text });
  fc.assert(
    fc.property(fc.constantFrom("linux", "freebsd"), proofs, (family, said) => {
      const places = placesInFolder({ family, ...said }, "/given");
      for (const path of places) expect(path).toMatch(/^\/given\/[^\0]+$/);
    }),
  );
});

function treeOf(files: readonly string[]): string {
  const folder = tempFolder("modules");
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), "");
  }
  return folder;
}

test("finds modules by name, those with debug information first", () => {
  const folder = treeOf([
    "kernel/fs/xfs.ko",
    "kernel/fs/xfs.ko.debug",
    "kernel/net/a-b.ko",
    "x.txt",
  ]);
  const found = listModuleFiles([{ path: folder, isDeep: true }]);
  expect([...found]).toEqual([
    ["xfs", [join(folder, "kernel/fs/xfs.ko.debug"), join(folder, "kernel/fs/xfs.ko")]],
    ["a_b", [join(folder, "kernel/net/a-b.ko")]],
  ]);
});

test("looks into no folder beside a kernel, since it may be somebody's home", () => {
  const folder = treeOf(["below/xfs.ko", "twq.ko"]);
  const found = listModuleFiles([{ path: folder, isDeep: false }]);
  expect([...found.keys()]).toEqual(["twq"]);
});

test("takes a tree's own word for what it built", () => {
  const folder = treeOf(["Kbuild", "fs/xfs/xfs.ko", "net/b.ko", "net/forgotten.ko"]);
  writeFileSync(join(folder, "modules.order"), "fs/xfs/xfs.ko\nnet/b.o\nnet/missing.ko\n");
  const found = listModuleFiles([{ path: folder, isDeep: true }]);
  expect([...found.keys()]).toEqual(["xfs", "b"]);
});

test("takes a file that was named, no link that leads in a circle, and nothing of what is missing", () => {
  const folder = treeOf(["one.ko"]);
  symlinkSync(folder, join(folder, "again"));
  const places = [join(folder, "one.ko"), join(folder, "missing"), folder].map((path) => ({
    path,
    isDeep: true,
  }));
  expect([...listModuleFiles(places)]).toEqual([["one", [join(folder, "one.ko")]]]);
});
