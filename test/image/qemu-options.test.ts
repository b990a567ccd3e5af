/**
 * The driver's argv against the QEMU that is installed: each option, device and back end by QEMU's own list, and the whole
 * by QEMU itself, which reads its command line before the guest's first instruction.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { runCommand } from "../../src/host/command.js";
import type { MachineSpec } from "../../src/machine/machine.js";
import { findQemu } from "../../src/machine/qemu/binary.js";
import { findUefiFirmware } from "../../src/machine/qemu/firmware.js";
import { openQemu } from "../../src/machine/qemu/qemu.js";
import { tempFolder } from "../temp-folder.js";

const DEADLINE_MS = 60_000;

let program = "";

beforeAll(async () => {
  program = (await findQemu("qemu-system-x86_64")).path;
});

const folder = tempFolder("qemu-options");
const disk = join(folder, "disk, with a comma.raw");
writeFileSync(disk, Buffer.alloc(1024 * 1024));

const base: MachineSpec = {
  name: "kernlane-options",
  arch: "amd64",
  cpus: 2,
  memoryMiB: 64,
  boot: { kind: "disk", firmware: "bios" },
  disks: [{ path: disk, format: "raw" }],
  accel: "tcg",
  extraArgs: [],
};

const specs: readonly (readonly [string, MachineSpec])[] = [
  ["a disk under SeaBIOS", base],
  ["a disk under UEFI", { ...base, boot: { kind: "disk", firmware: "uefi" } }],
  [
    "a kernel",
    { ...base, disks: [], boot: { kind: "direct", kernel: "k", initrd: "i", commandLine: "c" } },
  ],
  ["another accelerator", { ...base, accel: "kvm" }],
  ["memory in a file", { ...base, memoryFile: join(folder, "memory, with a comma") }],
];

async function listed(...args: readonly string[]): Promise<string> {
  const { code, stdout } = await runCommand({ argv: [program, ...args] }, DEADLINE_MS);
  expect(code).toBe(0);
  return stdout;
}

test.each(specs)("QEMU's help knows each option of %s", async (_, spec) => {
  const help = await listed("-help");
  const known = new Set([...help.matchAll(/^(-[\w-]+)/gm)].map(([, option]) => option));
  const [argv = []] = openQemu(program).argv(spec);
  const options = argv.slice(1).filter((word) => /^-[a-z]/.test(word));
  expect(options.length).toBeGreaterThan(10);
  expect(options.filter((option) => !known.has(option))).toEqual([]);
});

test("QEMU has each machine, accelerator, device and object that the driver names", async () => {
  const [argv = []] = openQemu(program).argv(base);
  const valueOf = (option: string): string => argv[argv.indexOf(option) + 1]!.split(",")[0]!;
  expect(await listed("-machine", "help")).toMatch(new RegExp(`^${valueOf("-machine")} `, "m"));
  expect(await listed("-accel", "help")).toMatch(new RegExp(`^${valueOf("-accel")}$`, "m"));
  expect(await listed("-device", "help")).toContain(`name "${valueOf("-device")}"`);
  expect(await listed("-object", "help")).toMatch(new RegExp(`^ *${valueOf("-object")}$`, "m"));
});

/** An answer over QMP means that the whole command line was accepted. */
async function expectStarts(spec: MachineSpec): Promise<void> {
  await using machine = await openQemu(program).start(spec);
  machine.console.resume();
  machine.channel.resume();
  await machine.injectNmi();
  expect(await machine.stop()).toEqual({ how: "stopped", detail: "ended by kernlane" });
}

test("QEMU starts with all of it, and stops", () => expectStarts(base));

// The firmware is a package of its own (Debian: ovmf), which the default lane does not need.
test.skipIf(findUefiFirmware(program).firmware === undefined)(
  "QEMU starts with all of it under UEFI, where firmware for it is installed",
  () => expectStarts({ ...base, boot: { kind: "disk", firmware: "uefi" } }),
);

test("QEMU starts with a disk of 4096-byte sectors", () =>
  expectStarts({ ...base, disks: base.disks.map((disk) => ({ ...disk, sectorBytes: 4096 })) }));
