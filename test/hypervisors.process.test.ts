/**
 * The hypervisor contract, held against each driver with stand-in programs: what is tested is the driver, not a guest.
 */
import { existsSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { findBhyve } from "../src/machine/bhyve/host.js";
import { openBhyve } from "../src/machine/bhyve/bhyve.js";
import type { MachineSpec } from "../src/machine/machine.js";
import { openQemu } from "../src/machine/qemu/qemu.js";
import { testHypervisorContract } from "./hypervisor-contract.js";
import { installBhyve, installQemu } from "./stand-ins/install.js";
import { tempFolder } from "./temp-folder.js";

// Stand-ins are programs of their own, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 30_000 });

const disk = join(tempFolder("hypervisors"), "disk.raw");
writeFileSync(disk, "loads\n");

function specOf(accel: MachineSpec["accel"]): MachineSpec {
  return {
    name: `kernlane-contract-${randomUUID().slice(0, 8)}`,
    arch: "amd64",
    cpus: 2,
    memoryMiB: 64,
    boot: { kind: "disk", firmware: "bios" },
    disks: [{ path: disk, format: "raw" }],
    accel,
    extraArgs: [],
  };
}

describe("QEMU", () => {
  const { folder } = installQemu();
  testHypervisorContract({
    hypervisor: openQemu(join(folder, "qemu")),
    missing: openQemu(join(folder, "no-qemu")),
    spec: () => specOf("tcg"),
    expectNothingLeft: () => undefined,
  });
});

describe("bhyve", async () => {
  const standIns = installBhyve();
  const host = await findBhyve({
    platform: "freebsd",
    find: standIns.find,
    isRoot: true,
    vmmFolder: standIns.vmmFolder,
  });
  testHypervisorContract({
    hypervisor: openBhyve(host),
    missing: openBhyve({ ...host, bhyve: join(standIns.folder, "no-bhyve") }),
    spec: () => specOf("vmm"),
    expectNothingLeft: ({ name }) => {
      expect(existsSync(join(standIns.vmmFolder, name))).toBe(false);
    },
  });
});
