import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  parseBhyve,
  parseBhyvectl,
  parseBhyveload,
} from "../../../test/stand-ins/manual-syntax.js";
import { bhyveArgs, destroyArgs, loaderArgs, vmName, type BhyveHost } from "./args.js";
import { openBhyve } from "./bhyve.js";
import type { MachineSpec } from "../machine.js";

const host: BhyveHost = {
  version: "FreeBSD 15.0-STABLE",
  bhyve: "/usr/sbin/bhyve",
  bhyveload: "/usr/sbin/bhyveload",
  bhyvectl: "/usr/sbin/bhyvectl",
  asRoot: [],
  vmmFolder: "/dev/vmm",
  bootRom: "/usr/local/share/uefi-firmware/BHYVE_UEFI.fd",
  maxCpus: 16,
  asksForAcpi: false,
  hasTcpSerial: true,
  hasPorts: true,
};

const spec: MachineSpec = {
  name: "kernlane-twq-TWQDEBUG-0a1b2c3d",
  arch: "amd64",
  cpus: 2,
  memoryMiB: 2048,
  boot: { kind: "disk", firmware: "bios" },
  disks: [{ path: "/runs/twq/disk.raw", format: "raw" }],
  accel: "vmm",
  extraArgs: [],
};

test("loads with bhyveload, then runs bhyve, and destroys before and after", () => {
  expect(openBhyve(host).argv(spec)).toEqual([
    ["/usr/sbin/bhyvectl", `--vm=${spec.name}`, "--destroy"],
    ["/usr/sbin/bhyveload", "-m", "2048M", "-d", "/runs/twq/disk.raw", spec.name],
    [
      ...["/usr/sbin/bhyve", "-H", "-P", "-u", "-c", "2", "-m", "2048M"],
      ...["-s", "0,hostbridge", "-s", "31,lpc", "-s", "1,virtio-rnd"],
      ...["-s", "4,virtio-blk,/runs/twq/disk.raw"],
      ...["-l", "com1,stdio", "-l", "com2,tcp=127.0.0.1:0", spec.name],
    ],
    ["/usr/sbin/bhyvectl", `--vm=${spec.name}`, "--destroy"],
  ]);
});

test("a machine with a boot ROM has no loader", () => {
  const uefi: MachineSpec = { ...spec, boot: { kind: "disk", firmware: "uefi" } };
  expect(loaderArgs(host, uefi)).toBeUndefined();
  expect(parseBhyve(bhyveArgs(host, uefi, 4321).slice(1)).values["l"]).toEqual([
    "com1,stdio",
    "com2,tcp=127.0.0.1:4321",
    "bootrom,/usr/local/share/uefi-firmware/BHYVE_UEFI.fd",
  ]);
  expect(openBhyve(host).argv(uefi)).toHaveLength(3);
});

test("the disk that a kernel dumps to is the second, and no loader reads it", () => {
  const dumps: MachineSpec = {
    ...spec,
    disks: [...spec.disks, { path: "/runs/twq/dump.raw", format: "raw", mayFail: true }],
  };
  expect(bhyveArgs(host, dumps, 4321).join(" ")).toContain(
    "-s 4,virtio-blk,/runs/twq/disk.raw -s 5,virtio-blk,/runs/twq/dump.raw -l",
  );
  expect(loaderArgs(host, dumps)?.join(" ")).not.toContain("dump.raw");
});

test("a disk of 4096-byte sectors is given to the guest as one", () => {
  const uefi: MachineSpec = {
    ...spec,
    boot: { kind: "disk", firmware: "uefi" },
    disks: [{ path: "/runs/twq/disk.raw", format: "raw", sectorBytes: 4096 }],
  };
  expect(bhyveArgs(host, uefi, 4321).join(" ")).toContain(
    "virtio-blk,/runs/twq/disk.raw,sectorsize=4096",
  );
});

test("asks for ACPI tables and leaves com2 alone where bhyve is old", () => {
  const old = { ...host, asksForAcpi: true, hasTcpSerial: false };
  const { flags, values } = parseBhyve(bhyveArgs(old, spec, 4321).slice(1));
  expect(flags).toContain("A");
  expect(values["l"]).toEqual(["com1,stdio"]);
  expect(openBhyve(old).hasChannel).toBe(false);
});

test("has a virtio-console port where one is asked for, by a path of its own that is short", () => {
  const { values } = parseBhyve(bhyveArgs(host, { ...spec, hasPort: true }, 4321).slice(1));
  expect(values["s"]).toContainEqual(
    expect.stringMatching(/^2,virtio-console,kernlane\.probe=\/.{1,100}\/port$/),
  );
  expect(parseBhyve(bhyveArgs(host, spec, 4321).slice(1)).values["s"]).not.toContainEqual(
    expect.stringContaining("virtio-console"),
  );
  expect(openBhyve({ ...host, hasPorts: false }).canHavePort).toBe(false);
});

test("waits for a debugger on the loopback address where it is asked to", () => {
  const debugged = { ...spec, waitsForDebugger: true };
  expect(parseBhyve(bhyveArgs(host, debugged, 4321, 4322).slice(1)).values["G"]).toEqual([
    "w127.0.0.1:4322",
  ]);
  expect(parseBhyve(bhyveArgs(host, spec, 4321, 4322).slice(1)).values["G"]).toBeUndefined();
});

test("puts the words that become root before each command, and the user's flags before the name", () => {
  const argv = openBhyve({ ...host, asRoot: ["/usr/local/bin/doas", "-n"] }).argv({
    ...spec,
    extraArgs: ["-w", "-s", "7,e1000"],
  });
  for (const command of argv) expect(command.slice(0, 2)).toEqual(["/usr/local/bin/doas", "-n"]);
  expect(argv[2]!.slice(-4)).toEqual(["-w", "-s", "7,e1000", spec.name]);
});

test("tells the ledger which machine stays in the kernel, and how it goes", () => {
  expect(openBhyve(host).heldVms(spec)).toEqual([
    { name: spec.name, node: `/dev/vmm/${spec.name}`, destroy: destroyArgs(host, spec) },
  ]);
});

test.each([
  ["kernlane-my/lane-k-0a1b2c3d", "kernlane-my-lane-k-0a1b2c3d"],
  ["kernlane twq é-0a1b2c3d", "kernlane-twq---0a1b2c3d"],
])("gives %j a name that vmm takes", (name, expected) => {
  expect(vmName({ ...spec, name })).toBe(expected);
});

test("keeps the end of a long name, which is what makes it unique", () => {
  const name = vmName({ ...spec, name: `kernlane-${"-x".repeat(200)}-0a1b2c3d` });
  expect(name.length).toBeLessThanOrEqual(200);
  expect(name).toMatch(/^x.*-0a1b2c3d$/);
});

test.each([
  [{ boot: { kind: "direct", kernel: "k", initrd: "i", commandLine: "" } }, /boots from a disk/],
  [{ disks: [] }, /boots from a disk/],
  [{ disks: [{ path: "/a.qcow2", format: "qcow2" }] }, /raw disks only, found \/a\.qcow2/],
  [{ disks: [{ path: "/a,b.raw", format: "raw" }] }, /comma/],
  [{ disks: [{ path: "/%(name).raw", format: "raw" }] }, /%\(/],
  [{ disks: Array.from({ length: 28 }, () => spec.disks[0]!) }, /found 28 disks/],
] as const)("refuses %j", (change, message) => {
  expect(() => openBhyve(host).argv({ ...spec, ...change })).toThrow(
    expect.objectContaining({
      code: "bhyve-unbootable",
      who: "usage",
      message: expect.stringMatching(message) as string,
    }) as Error,
  );
});

describe("the manual pages' syntax", () => {
  const path = fc.stringMatching(/^\/[\w .%-]{1,40}$/).filter((text) => !text.includes("%("));
  const specs = fc.record({
    name: fc.string({ minLength: 1, maxLength: 300 }).map((text) => `kernlane-${text}`),
    arch: fc.constant("amd64" as const),
    cpus: fc.integer({ min: 1, max: 64 }),
    memoryMiB: fc.integer({ min: 32, max: 1 << 20 }),
    boot: fc.record({
      kind: fc.constant("disk" as const),
      firmware: fc.constantFrom("bios" as const, "uefi" as const),
    }),
    disks: fc.array(fc.record({ path, format: fc.constant("raw" as const) }), {
      minLength: 1,
      maxLength: 27,
    }),
    accel: fc.constant("vmm" as const),
    extraArgs: fc.constantFrom(
      [],
      ["-w"],
      ["-S", "-G", "w127.0.0.1:1234"],
      ["-o", "x86.mptable=false"],
    ),
  });
  const hosts = fc.record({ asksForAcpi: fc.boolean(), hasTcpSerial: fc.boolean() });

  test("has a word for everything that any machine is started with", () => {
    fc.assert(
      fc.property(specs, hosts, (machine, abilities) => {
        const commands = openBhyve({ ...host, ...abilities }).argv(machine);
        const names = commands.map(([program, ...args]) => {
          if (program === host.bhyve) return parseBhyve(args).vm;
          if (program === host.bhyveload) return parseBhyveload(args).vm;
          return parseBhyvectl(args).vm;
        });
        expect(new Set(names)).toEqual(new Set([vmName(machine)]));
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    ["-Z", "vm"],
    ["-s", "32,lpc", "vm"],
    ["-s", "1,virtio-disk", "vm"],
    ["-s", "1,lpc", "-s", "1,hostbridge", "vm"],
    ["-l", "com5,stdio", "vm"],
    ["-m", "2GB", "vm"],
    ["-c", "two", "vm"],
    ["vm", "another"],
    [],
  ])("has none for %s %s %s %s %s", (...args) => {
    expect(() => parseBhyve(args)).toThrow();
  });
});
