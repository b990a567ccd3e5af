/** What bhyve has and the contract does not ask of every hypervisor: a loader, a boot ROM, root, ports. */
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import {
  installBhyve,
  installSudo,
  type BhyveOptions,
  type StandIns,
} from "../../../test/stand-ins/install.js";
import { runCommand } from "../../host/command.js";
import type { BhyveHost } from "./args.js";
import { findBhyve } from "./host.js";
import { openBhyve } from "./bhyve.js";
import type { Machine, MachineSpec } from "../machine.js";
import { settledEnd } from "../settle-end.js";

// Stand-ins are programs of their own, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 30_000 });

interface Bench {
  readonly standIns: StandIns;
  readonly host: BhyveHost;
  readonly spec: MachineSpec;
}

/** @param disk what the stand-in loader does with the disk, see bhyveload.sh */
async function prepare(disk: string, options: BhyveOptions = {}): Promise<Bench> {
  const standIns = installBhyve(options);
  const path = join(standIns.folder, "disk.raw");
  writeFileSync(path, `${disk}\n`);
  const host = await findBhyve({
    platform: "freebsd",
    find: standIns.find,
    isRoot: true,
    vmmFolder: standIns.vmmFolder,
    bootRom: join(standIns.folder, "BHYVE_UEFI.fd"),
  });
  const spec: MachineSpec = {
    name: `kernlane-bhyve-${randomUUID().slice(0, 8)}`,
    arch: "amd64",
    cpus: 1,
    memoryMiB: 64,
    boot: { kind: "disk", firmware: "bios" },
    disks: [{ path, format: "raw" }],
    accel: "vmm",
    extraArgs: [],
  };
  return { standIns, host, spec };
}

/** Reads the console, and waits for a text on it. */
function follow(machine: Machine): (text: string) => Promise<string> {
  let seen = "";
  machine.console.on("data", (chunk: Buffer) => (seen += chunk.toString()));
  machine.channel.resume();
  return async (text) => {
    while (!seen.includes(text)) {
      await new Promise((resolve) => machine.console.once("data", resolve));
    }
    return seen;
  };
}

test("the loader's console and the guest's are one", async () => {
  const { host, spec } = await prepare("loads");
  await using machine = await openBhyve(host).start(spec);
  const seen = await follow(machine)("the guest is up\n");
  expect(seen).toBe("Loading /boot/loader.conf\nthe guest is up\n");
});

test("what is typed reaches a loader at its prompt, which ends when the machine is stopped", async () => {
  const { standIns, host, spec } = await prepare("prompt");
  await using machine = await openBhyve(host).start(spec);
  const saw = follow(machine);
  await saw("can't load 'kernel'\nOK ");
  await expect(machine.injectNmi()).rejects.toMatchObject({ code: "guest-not-running" });
  await expect(machine.pressPower()).rejects.toMatchObject({ code: "guest-not-running" });
  machine.console.write("lsdev\n");
  await saw("lsdev not found\nOK ");
  expect(await machine.stop()).toMatchObject({ how: "stopped" });
  expect(existsSync(join(standIns.vmmFolder, spec.name))).toBe(false);
});

test("a loader that loads nothing is ended at its deadline", async () => {
  const { host, spec } = await prepare("prompt");
  await using machine = await openBhyve(host, 200).start(spec);
  follow(machine);
  expect(await machine.ended).toEqual({
    how: "stopped",
    detail: "bhyveload had loaded no kernel after 0.2 s",
  });
});

test.each([
  ["quits", { how: "failed", detail: "bhyveload ended with status 1: loader failed" }],
  ["reboots", { how: "reset", detail: "bhyveload ended with status 2: it printed nothing" }],
])("bhyve is not started after a loader that %s", async (disk, end) => {
  const { standIns, host, spec } = await prepare(disk);
  await using machine = await openBhyve(host).start(spec);
  follow(machine);
  expect(await machine.ended).toEqual(end);
  expect(readdirSync(standIns.vmmFolder)).toEqual([]);
});

test("a guest that halts has not powered off", async () => {
  const { host, spec } = await prepare("loads");
  await using machine = await openBhyve(host).start(spec);
  await follow(machine)("the guest is up\n");
  machine.console.write("halt\n");
  expect(await machine.ended).toEqual({
    how: "halted",
    detail: "bhyve ended with status 2: halted",
  });
});

test("boots from a boot ROM without the loader, and says when there is none", async () => {
  const { host, spec } = await prepare("quits");
  const uefi: MachineSpec = { ...spec, boot: { kind: "disk", firmware: "uefi" } };
  await expect(openBhyve(host).start(uefi)).rejects.toMatchObject({
    code: "boot-rom-missing",
    who: "host",
    hint: "pkg install edk2-bhyve",
  });
  writeFileSync(host.bootRom, "");
  await using machine = await openBhyve(host).start(uefi);
  await follow(machine)("the guest is up\n");
  machine.console.write("power-off\n");
  expect(await machine.ended).toMatchObject({ how: "powered-off" });
});

test("destroys what an earlier machine of the same name left", async () => {
  const { standIns, host, spec } = await prepare("loads");
  // Of another size: bhyve would not take it.
  writeFileSync(join(standIns.vmmFolder, spec.name), "memory=4096M\n");
  const uefi: MachineSpec = { ...spec, boot: { kind: "disk", firmware: "uefi" } };
  writeFileSync(host.bootRom, "");
  await using machine = await openBhyve(host).start(uefi);
  await follow(machine)("the guest is up\n");
});

test("takes another port when com2's was taken, and loads nothing again", async () => {
  const { host, spec } = await prepare("loads", { portIsTakenOnce: true });
  await using machine = await openBhyve(host).start(spec);
  const seen = await follow(machine)("the guest is up\n");
  expect(seen).toBe("Loading /boot/loader.conf\nthe guest is up\n");
  machine.console.write("power-off\n");
  expect(await machine.ended).toMatchObject({ how: "powered-off" });
});

test("a virtio-console port that bhyve closes is connected again, and its folder goes with the machine", async () => {
  const { host, spec } = await prepare("loads", { portIsTakenOnce: true });
  const withPort = { ...spec, hasPort: true };
  const { folder } = openBhyve(host).heldVms(withPort)[0]!;
  await using machine = await openBhyve(host).start(withPort);
  follow(machine);
  let seen = "";
  machine.port!.on("data", (chunk: Buffer) => (seen += chunk.toString()));
  const opened = (): number => seen.split("the channel is open\n").length - 1;
  await vi.waitFor(() => expect(opened()).toBe(1), 10_000);
  expect(statSync(folder!).mode & 0o777).toBe(0o700);
  // More at once than the guest has buffers for.
  machine.port!.write("x".repeat(64 * 128));
  await vi.waitFor(() => expect(opened()).toBe(2), 10_000);
  machine.port!.write("y".repeat(machine.portWindowBytes!));
  await vi.waitFor(() => expect(seen).toContain("y".repeat(machine.portWindowBytes!)), 10_000);
  expect(opened()).toBe(2);
  machine.console.write("power-off\n");
  expect(await machine.ended).toMatchObject({ how: "powered-off" });
  expect(existsSync(folder!)).toBe(false);
});

test("an old bhyve has a console and no channel", async () => {
  const { host, spec } = await prepare("loads", { isOld: true });
  await using machine = await openBhyve(host).start(spec);
  await follow(machine)("the guest is up\n");
  machine.channel.write("lost");
  machine.console.write("power-off\n");
  expect(await machine.ended).toMatchObject({ how: "powered-off" });
  expect(machine.channel.readableEnded).toBe(true);
});

test("a flag that bhyve does not know is its failure, and no power-off", async () => {
  const { host, spec } = await prepare("loads");
  await using machine = await openBhyve(host).start({ ...spec, extraArgs: ["-Z"] });
  follow(machine);
  expect(await machine.ended).toMatchObject({
    how: "failed",
    detail: expect.stringContaining("illegal option -- Z") as string,
  });
});

test.each([true, false])(
  "a machine that somebody destroyed has vanished (old: %s)",
  async (isOld) => {
    const { host, spec } = await prepare("loads", { isOld });
    const bhyve = openBhyve(host);
    await using machine = await bhyve.start(spec);
    await follow(machine)("the guest is up\n");
    await runCommand({ argv: bhyve.argv(spec)[0]! }, 10_000);
    expect(await machine.ended).toMatchObject({ how: "vanished" });
  },
);

test("a loader that may not open the machine it made says so, and what is left of it", async () => {
  const { standIns, host, spec } = await prepare("loads", { nodesOf: "root" });
  await using machine = await openBhyve(host).start(spec);
  follow(machine);
  expect(await machine.ended).toMatchObject({
    how: "failed",
    detail: "bhyveload ended with status 1: bhyveload: vm_open: Permission denied",
    said: [
      "bhyveload ended with status 1: bhyveload: vm_open: Permission denied",
      expect.stringMatching(
        /still in the host's kernel; .* run as root: .*bhyvectl --vm=.* --destroy/,
      ),
    ],
    failure: { code: "vmm-forbidden" },
  });
  expect(readdirSync(standIns.vmmFolder)).toEqual([spec.name]);
});

test("more processors than vmm gives are an error of their own", async () => {
  const { host, spec } = await prepare("loads", { maxCpus: 1 });
  await using machine = await openBhyve(host).start({ ...spec, cpus: 2 });
  follow(machine);
  expect(await machine.ended).toMatchObject({
    detail: "bhyve ended with status 71: bhyve: vm_set_topology",
    failure: { code: "bad-cpus", hint: expect.stringContaining("hw.vmm.maxcpu") as string },
  });
});

test("bhyve that ends by err(1, …) has not powered the guest off, and its words are kept", async () => {
  const { host, spec } = await prepare("loads", { lacksGdbFiles: true });
  await using machine = await openBhyve(host).start({ ...spec, waitsForDebugger: true });
  follow(machine);
  expect(settledEnd(await machine.ended, false)).toMatchObject({
    how: "failed",
    detail:
      "bhyve ended with status 1: bhyve: Failed to open gdb xml directory: No such file or directory",
    failure: { hint: expect.stringContaining("/usr/share/bhyve/gdb") as string },
  });
});

test("tells each process that runs it: the loader, then bhyve", async () => {
  const { host, spec } = await prepare("loads");
  await using machine = await openBhyve(host).start(spec);
  const pids: number[] = [];
  machine.onProcess((pid) => pids.push(pid));
  await follow(machine)("the guest is up\n");
  expect(pids).toEqual([expect.any(Number), machine.pid]);
  expect(new Set(pids).size).toBe(2);
});

test("through sudo a machine runs, is pressed and stops as root's", async () => {
  const { standIns, host, spec } = await prepare("loads", { nodesOf: "root" });
  const log = join(standIns.folder, "sudo.log");
  const sudo = installSudo(standIns, "sudo", log);
  const bhyve = openBhyve({ ...host, asRoot: [sudo, "-n"] });
  {
    await using pressed = await bhyve.start(spec);
    await follow(pressed)("the guest is up\n");
    await pressed.injectNmi();
    await pressed.pressPower();
    expect(await pressed.ended).toMatchObject({ how: "powered-off" });
  }
  await using machine = await bhyve.start(spec);
  await follow(machine)("the guest is up\n");
  expect(await machine.stop()).toMatchObject({ how: "stopped" });
  const commands = readFileSync(log, "utf8")
    .split("\n")
    .map((line) => line.split(" ")[0]);
  expect(new Set(commands)).toEqual(new Set(["bhyvectl", "bhyveload", "bhyve", "kill", ""]));
});

test("refuses to save a machine and to go on from a saved one, with the reason", async () => {
  const { host, spec } = await prepare("loads");
  const saved = { memory: "memory", state: "state", disks: [] };
  for (const asked of [{ memoryFile: "memory" }, { saved }]) {
    await expect(openBhyve(host).start({ ...spec, ...asked })).rejects.toMatchObject({
      code: "checkpoint-unsupported",
      who: "usage",
      message: expect.stringContaining("built with BHYVE_SNAPSHOT") as string,
    });
  }
});
