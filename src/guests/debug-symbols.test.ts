import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { buildElf, elfNote } from "../../test/fixtures/elf-file.js";
import { findDebugSymbols } from "./debug-symbols.js";
import type { KernelFile } from "./guest.js";
import { tempFolder } from "../../test/temp-folder.js";

const RELEASE = "6.1.0-kernlane-test";
const VERSION = "#1 SMP Mon Jan 1 00:00:00 UTC 2026";

/** @param paths files that are made; a vmlinux has the banner of `version` */
function tree(paths: Readonly<Record<string, Uint8Array | string>>): string {
  const root = tempFolder("symbols");
  for (const [path, content] of Object.entries(paths)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

function vmlinux(version: string, sections: readonly string[] = []): Buffer {
  const banner = `Linux version ${RELEASE} (me@here) (cc 14) ${version}\n\0`;
  return buildElf({
    segments: [{ type: 1, address: 0xffffffff81000000n, bytes: Buffer.from(banner) }],
    sections: sections.map((name) => ({ name, type: 1, bytes: Buffer.alloc(8) })),
  });
}

function foundFor(family: "linux" | "freebsd", kernel: KernelFile) {
  return findDebugSymbols({ family, kernel, folder: "/nowhere" });
}

function linux(path: string): KernelFile {
  return {
    path,
    identity: { label: RELEASE, release: RELEASE, version: VERSION },
    origin: "given",
  };
}

function freebsd(path: string): KernelFile {
  return { path, identity: { label: "TWQDEBUG" }, origin: "given", slot: "TWQDEBUG" };
}

test("finds the vmlinux at the top of the tree that a bzImage was built in", () => {
  const root = tree({
    "arch/x86/boot/bzImage": "bzImage",
    vmlinux: vmlinux(VERSION, ["", ".debug_info"]),
  });
  const found = foundFor("linux", linux(join(root, "arch/x86/boot/bzImage")));
  expect(found).toMatchObject({ path: join(root, "vmlinux"), hasLines: true, otherBuilds: [] });
});

test("prefers the one beside the kernel, and says that it has names only", () => {
  const root = tree({ bzImage: "bzImage", vmlinux: vmlinux(VERSION) });
  const found = foundFor("linux", linux(join(root, "bzImage")));
  expect(found).toMatchObject({ path: join(root, "vmlinux"), hasLines: false });
});

test("does not use a vmlinux of another build, or what is none", () => {
  const root = tree({
    bzImage: "bzImage",
    vmlinux: vmlinux("#2 SMP Tue Jan 2 00:00:00 UTC 2026"),
    [`vmlinux-${RELEASE}`]: "no kernel at all",
  });
  const found = foundFor("linux", linux(join(root, "bzImage")));
  expect(found.path).toBeUndefined();
  expect(found.otherBuilds).toEqual([join(root, "vmlinux"), join(root, `vmlinux-${RELEASE}`)]);
});

test("finds what a FreeBSD build and an installation leave", () => {
  const root = tree({
    "obj/kernel": buildElf({}),
    "obj/kernel.full": buildElf({
      sections: ["", ".debug_info"].map((name) => ({ name, type: 1, bytes: Buffer.alloc(8) })),
    }),
    "dest/boot/TWQDEBUG/kernel": buildElf({}),
    "dest/usr/lib/debug/boot/TWQDEBUG/kernel.debug": buildElf({}),
    "alone/kernel": buildElf({}),
  });
  const found = (path: string) => foundFor("freebsd", freebsd(join(root, path)));
  expect(found("obj/kernel")).toMatchObject({
    path: join(root, "obj/kernel.full"),
    hasLines: true,
  });
  expect(found("dest/boot/TWQDEBUG/kernel").path).toBe(
    join(root, "dest/usr/lib/debug/boot/TWQDEBUG/kernel.debug"),
  );
  expect(found("alone/kernel")).toMatchObject({
    path: join(root, "alone/kernel"),
    hasLines: false,
  });
});

test("does not use a kernel.debug of another build", () => {
  const build = (id: number) =>
    buildElf({
      sections: [
        { name: "", type: 0, bytes: Buffer.alloc(0) },
        { name: ".note.gnu.build-id", type: 7, bytes: elfNote("GNU", 3, Buffer.alloc(20, id)) },
      ],
    });
  const root = tree({
    "obj/kernel": build(1),
    "obj/kernel.full": build(2),
    "obj/kernel.debug": build(1),
  });
  const kernel = freebsd(join(root, "obj/kernel"));
  expect(foundFor("freebsd", kernel)).toMatchObject({
    path: join(root, "obj/kernel.debug"),
    otherBuilds: [join(root, "obj/kernel.full")],
  });
});
