/**
 * How a staged guest is started: by the hypervisor where both are fit for it, else by its loader.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openFreebsd, type FreebsdOptions } from "../../src/guests/freebsd/freebsd.js";
import type { StagingInput } from "../../src/guests/guest.js";
import { readElf } from "../../src/binary/elf.js";
import { memorySource } from "../../src/binary/byte-source.js";
import { buildModule } from "../fixtures/freebsd-module-file.js";
import type { Tree } from "./freebsd-tree.js";
import { makeDisk, makeKernel, usedTree } from "./staged-guest.js";
import { scratchPath } from "./tools.js";

const bootable: Tree = { ...usedTree, "etc/fstab": "/dev/gpt/rootfs / ufs rw 1 1\n" };
const disk = makeDisk(bootable);

const onlyStaged: StagingInput = {
  kernel: { path: "/boot/kernel/kernel", identity: { label: "GENERIC" }, origin: "its own" },
  folder: "/runs/twq/stock",
  files: [],
  diskFormat: "qcow2",
  memoryMiB: 512,
  guestDeadlineMs: 60_000,
  timeSeconds: 1_767_225_600,
};
const input: StagingInput = { ...onlyStaged, startsKernels: true };

function plan(options: Partial<FreebsdOptions> = {}, more: Partial<StagingInput> = {}) {
  const all = { image: disk, probeAt: "init", writableRoot: false, ...options } as const;
  return openFreebsd(all).planStaging({ ...input, ...more });
}

test("the hypervisor starts the image's own kernel, with what the loader would tell it", () => {
  const { boot, start, staged } = plan();
  expect(boot).toEqual({ kind: "direct", kernel: "/runs/twq/stock/boot.elf" });
  expect(staged).toContain("/runs/twq/stock/boot.elf");
  expect(start).toMatchObject({ kernel: "/boot/kernel/kernel", files: [] });
  expect(start!.variables).toMatchObject({
    kernelname: "/boot/kernel/kernel",
    init_path: "/kernlane/agent",
    console: "comconsole",
    "vfs.root.mountfrom": "ufs:/dev/gpt/rootfs",
    "vfs.root.mountfrom.options": "ro",
    "hint.atkbdc.0.disabled": "1",
  });
});

test("a kernel that is to dump is told its disk, which is the second, and rc(8) leaves it alone", () => {
  const folder = scratchPath("dumps");
  const { disks, start, dump, staged, placed } = plan(
    { probeAt: "early" },
    { dumps: true, folder },
  );
  expect(start!.variables).toMatchObject({ dumpdev: "/dev/vtbd1" });
  expect(disks[1]).toEqual({ path: `${folder}/dump.raw`, format: "raw", mayFail: true });
  expect(dump).toEqual({ path: `${folder}/dump.raw`, sizeBytes: 576 * 1024 ** 2 });
  expect(staged).toContain(dump!.path);
  expect(placed.map(({ path }) => path)).toContain("/etc/rc.conf.d/dumpon");
  const byLoader = plan({ boot: "loader" }, { dumps: true });
  expect(byLoader.placed.map(({ path }) => path)).not.toContain("/etc/rc.conf.d/dumpon");
  expect(plan().start!.variables).not.toHaveProperty("dumpdev");
});

test("a given kernel is started from its slot, and the file that is made holds it", async () => {
  const path = makeKernel("TWQDEBUG");
  const folder = scratchPath("column");
  const kernel = { path, identity: { label: "TWQDEBUG" }, origin: "given", slot: "TWQDEBUG" };
  const guest = openFreebsd({ image: disk, probeAt: "init", writableRoot: false });
  const planned = guest.planStaging({ ...input, kernel, folder });
  expect(planned.start!.kernel).toBe("/boot/TWQDEBUG/kernel");
  mkdirSync(folder);
  await guest.stage(planned);
  const made = readFileSync(planned.start!.path);
  expect(readElf(memorySource(made))?.machine).toBe("amd64");
  expect(made.includes("FreeBSD 15.0-STABLE TWQDEBUG\n")).toBe(true);
  expect(made.includes("kernelname=/boot/TWQDEBUG/kernel\0")).toBe(true);
});

test("a machine without the memory for the kernel is refused", async () => {
  const guest = openFreebsd({ image: disk, probeAt: "init", writableRoot: false });
  const folder = scratchPath("small");
  mkdirSync(folder);
  const kernel = { ...input.kernel, slot: "BIG", path: makeKernel("BIG") };
  const small = guest.planStaging({ ...input, folder, memoryMiB: 16, kernel });
  await expect(guest.stage(small)).rejects.toThrow(
    /the machine has 16 MiB, expected at least 19 MiB/,
  );
});

test.each([
  ["the lane wants its loader", { boot: "loader" }, {}],
  ["the lane names a firmware", { firmware: "bios" }, {}],
  ["a person is at the console", {}, { leavesAgentIdle: true }],
  ["the hypervisor starts no kernels", {}, { startsKernels: false }],
] as const)("the loader starts it, and nothing is said of it, where %s", (_name, options, more) => {
  const { boot, start, notices } = plan(options, more);
  expect([boot, start]).toEqual([{ kind: "disk", firmware: "bios" }, undefined]);
  expect(notices.filter((notice) => notice.includes("loader"))).toEqual([]);
});

test("a disk that is only staged is booted by its loader", () => {
  const guest = openFreebsd({ image: disk, probeAt: "init", writableRoot: false, boot: "direct" });
  expect(guest.planStaging(onlyStaged).boot.kind).toBe("disk");
});

const needsLoader: readonly (readonly [string, Tree, RegExp])[] = [
  ["no root is named", usedTree, /neither \/etc\/fstab nor a loader file names the root/],
  [
    "a module needs one that is not there",
    {
      ...bootable,
      "boot/loader.conf": 'one_load="YES"\n',
      "boot/kernel/one.ko": buildModule({ needs: ["nowhere"] }),
    },
    /one\.ko needs the module nowhere/,
  ],
  [
    "a command of the loader's is set before a module",
    { ...bootable, "boot/loader.conf": 'one_load="YES"\none_before="echo"\n' },
    /one_before is a command/,
  ],
];

test.each(needsLoader)(
  "the loader starts a guest that needs it, and the plan says why: %s",
  (_name, files, why) => {
    const image = makeDisk(files);
    const { boot, notices } = plan({ image });
    expect(boot.kind).toBe("disk");
    expect(notices.find((notice) => notice.startsWith("started by its loader: "))).toMatch(why);
    expect(() => plan({ image, boot: "direct" })).toThrow(why);
  },
);

test("a direct start that is wanted of a hypervisor without it is refused", () => {
  expect(() => plan({ boot: "direct" }, { startsKernels: false })).toThrow(/bhyve has its kernels/);
});
