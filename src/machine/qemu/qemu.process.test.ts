import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { installQemu } from "../../../test/stand-ins/install.js";
import type { ProcessExit } from "../../host/process.js";
import type { MachineEnd, MachineSpec } from "../machine.js";
import { refuseFailedEnd } from "../failed-end.js";
import { meaningOfEnd } from "./machine.js";
import { openQemu } from "./qemu.js";
import type { QmpEvent } from "./qmp.js";
import { tempFolder } from "../../../test/temp-folder.js";

vi.setConfig({ testTimeout: 30_000 });

const spec: MachineSpec = {
  name: "kernlane-linux-stock-0a1b2c3d",
  arch: "amd64",
  cpus: 2,
  memoryMiB: 512,
  boot: { kind: "direct", kernel: "/k/bzImage", initrd: "/r/initrd", commandLine: "a b=c,d" },
  disks: [{ path: "/r/a,b.qcow2", format: "qcow2" }],
  accel: "tcg",
  extraArgs: ["-s"],
};

const exit0: ProcessExit = { code: 0, signal: undefined, killedByUs: false };

function shutdown(reason: unknown): QmpEvent {
  return { event: "SHUTDOWN", data: { guest: true, reason } };
}

test.each([
  ["guest-shutdown", "powered-off"],
  ["guest-reset", "reset"],
  ["guest-panic", "crashed"],
  ["host-signal", "vanished"],
  ["host-ui", "vanished"],
  ["subsystem-reset", "failed"],
] as const)("status 0 after SHUTDOWN %s is %s", (reason, how) => {
  expect(meaningOfEnd(exit0, shutdown(reason), false, "")).toEqual({
    how,
    detail: `QMP SHUTDOWN ${reason}`,
  });
});

test("status 0 without a reason is no power-off", () => {
  expect(meaningOfEnd(exit0, undefined, false, "")).toEqual({
    how: "failed",
    detail: "QEMU ended with exit status 0: it printed nothing",
  });
  expect(meaningOfEnd(exit0, shutdown(7), false, "").how).toBe("failed");
});

test.each([
  [{ code: 1, signal: undefined, killedByUs: false }, false, "failed"],
  [{ code: undefined, signal: "SIGSEGV", killedByUs: false }, false, "failed"],
  [{ code: undefined, signal: "SIGKILL", killedByUs: false }, false, "vanished"],
  [{ code: undefined, signal: "SIGTERM", killedByUs: false }, false, "vanished"],
  [{ code: undefined, signal: "SIGKILL", killedByUs: true }, false, "stopped"],
  [{ code: undefined, signal: "SIGKILL", killedByUs: true }, true, "stopped"],
] as const)("%j, stopped by us: %s, is %s", (exit, stoppedByUs, how) => {
  expect(meaningOfEnd(exit, undefined, stoppedByUs, "").how).toBe(how);
});

test("a guest that ended by itself before our kill arrived has ended by itself", () => {
  const killed: ProcessExit = { code: undefined, signal: "SIGKILL", killedByUs: true };
  expect(meaningOfEnd(killed, shutdown("guest-reset"), true, "").how).toBe("reset");
});

test("QEMU's own words are the failure's", () => {
  const exit: ProcessExit = { code: 1, signal: undefined, killedByUs: false };
  expect(meaningOfEnd(exit, undefined, false, "qemu: could not open disk\n")).toEqual({
    how: "failed",
    detail: "QEMU ended with exit status 1: qemu: could not open disk",
  });
});

test("only a failure of the hypervisor itself is refused", () => {
  const ends: readonly MachineEnd["how"][] = [
    "powered-off",
    "halted",
    "reset",
    "crashed",
    "vanished",
  ];
  for (const how of ends) expect(() => refuseFailedEnd({ how, detail: "" })).not.toThrow();
  expect(() => refuseFailedEnd({ how: "failed", detail: "no memory" })).toThrow(
    expect.objectContaining({
      code: "hypervisor-failed",
      who: "host",
      message: "no memory",
    }) as Error,
  );
});

test("an accelerator that stops the guest in an internal error is a failure, within no time", async () => {
  const qemu = openQemu(join(installQemu().folder, "qemu"));
  await using machine = await qemu.start(spec);
  machine.console.resume();
  machine.channel.resume();
  machine.console.write("internal-error\n");
  expect(await machine.ended).toMatchObject({
    how: "failed",
    detail: "QEMU stopped in an internal error: KVM: entry failed, hardware error 0x80000021",
    failure: { code: "accel-unusable" },
  });
});

test("a host without room for what the guest writes is a failure at once, and no hang", async () => {
  const qemu = openQemu(join(installQemu().folder, "qemu"));
  await using machine = await qemu.start(spec);
  machine.console.resume();
  machine.channel.resume();
  machine.console.write("io-error\n");
  expect(await machine.ended).toMatchObject({
    how: "failed",
    detail: expect.stringContaining("No space left on device") as string,
    failure: { code: "disk-full" },
  });
});

test("a failure whose words are known is that error, with its hint", () => {
  const failure = { code: "initrd-too-large", hint: "more memory" } as const;
  expect(() => refuseFailedEnd({ how: "failed", detail: "too large", failure })).toThrow(
    expect.objectContaining({
      code: "initrd-too-large",
      who: "usage",
      hint: "more memory",
    }) as Error,
  );
});

test("a direct boot names kernel, initrd and command line, and the user's own arguments come last", () => {
  const [argv = []] = openQemu("/usr/bin/qemu").argv(spec);
  expect(argv.slice(-7)).toEqual([
    ...["-kernel", "/k/bzImage", "-initrd", "/r/initrd", "-append", "a b=c,d", "-s"],
  ]);
  expect(argv).toContain("file=/r/a,,b.qcow2,format=qcow2,cache=unsafe,if=virtio");
  expect(argv.join(" ")).not.toContain("-cpu");
});

test("a disk of 4096-byte sectors is given to the guest as one", () => {
  const [argv = []] = openQemu("/usr/bin/qemu").argv({
    ...spec,
    disks: [{ path: "/r/a.raw", format: "raw", sectorBytes: 4096 }],
  });
  const at = argv.indexOf("file=/r/a.raw,format=raw,cache=unsafe,if=none,id=disk0");
  expect(argv.slice(at + 1, at + 3)).toEqual([
    "-device",
    "virtio-blk-pci,drive=disk0,logical_block_size=4096,physical_block_size=4096",
  ]);
});

test("a guest is told of what its dump disk does not take, and goes on", () => {
  const dump = { path: "/r/dump.raw", format: "raw", mayFail: true } as const;
  const [argv = []] = openQemu("/usr/bin/qemu").argv({ ...spec, disks: [...spec.disks, dump] });
  const drives = argv.filter((_, index) => argv[index - 1] === "-drive");
  expect(drives).toEqual([
    "file=/r/a,,b.qcow2,format=qcow2,cache=unsafe,if=virtio",
    "file=/r/dump.raw,format=raw,cache=unsafe,werror=report,if=virtio",
  ]);
});

test("an accelerator other than tcg gives the guest the host's processor", () => {
  const [argv = []] = openQemu("/usr/bin/qemu").argv({ ...spec, accel: "kvm" });
  expect(argv.join(" ")).toContain("-accel kvm -cpu host");
});

test("a machine that can be saved shares its memory with a file, and one that goes on keeps what it writes to itself", () => {
  const saved = { memory: "/c/a,b/memory", state: "/c/state", disks: ["/c/disk"] };
  const wordsOf = (more: Partial<MachineSpec>): string =>
    openQemu("qemu")
      .argv({ ...spec, ...more })[0]!
      .join(" ");
  expect(wordsOf({})).toContain("-machine pc -accel");
  const savable = wordsOf({ memoryFile: "/r/memory" });
  expect(savable).toContain("size=512M,mem-path=/r/memory,share=on -machine pc,memory-backend=ram");
  expect(savable).not.toContain("-incoming");
  const restored = wordsOf({ saved });
  expect(restored).toContain("size=512M,mem-path=/c/a,,b/memory,share=off");
  expect(restored).toContain("-incoming defer -s");
  expect(wordsOf({ saved, memoryFile: "/r/memory" })).toContain("mem-path=/r/memory,share=on");
});

test("a machine that is to be held pauses where it would end, and asks the kernel for what describes it", () => {
  const wordsOf = (more: Partial<MachineSpec>): string =>
    openQemu("qemu")
      .argv({ ...spec, ...more })[0]!
      .join(" ");
  expect(wordsOf({})).toContain("-no-reboot");
  const held = wordsOf({ holdsAtReset: true });
  expect(held).toContain("-action reboot=shutdown,shutdown=pause -device vmcoreinfo");
  expect(held).not.toContain("-no-reboot");
});

test("does not start a machine from a checkpoint of which a file is missing or has another length", async () => {
  const folder = tempFolder("saved");
  const saved = { memory: join(folder, "memory"), state: join(folder, "state"), disks: [] };
  const start = (): Promise<unknown> => openQemu("no-qemu").start({ ...spec, saved });
  await expect(start()).rejects.toMatchObject({ code: "checkpoint-damaged", who: "host" });
  writeFileSync(saved.memory, "short");
  writeFileSync(saved.state, "");
  await expect(start()).rejects.toMatchObject({
    code: "checkpoint-damaged",
    message: expect.stringContaining("it has 5 bytes, expected 536870912") as string,
  });
});
