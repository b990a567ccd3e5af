import { expect, test } from "vitest";
import type { ErrorCode } from "../../base/errors.js";
import { failureIn } from "./failures.js";
import { meaningOfEnd } from "./machine.js";

const q = "qemu-system-x86_64:";

/** The words of QEMU 7.2, and of later ones where they differ. */
const said: readonly (readonly [words: string, code: ErrorCode])[] = [
  ["qemu: could not load PC BIOS '/usr/share/ovmf/OVMF.fd'", "uefi-firmware-unusable"],
  [
    `${q} -drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE.fd: Could not open '/usr/share/OVMF/OVMF_CODE.fd': Permission denied`,
    "uefi-firmware-unusable",
  ],
  [`${q} combined size of system firmware exceeds 8388608 bytes`, "uefi-firmware-unusable"],
  ["qemu: could not load PC BIOS 'bios-256k.bin'", "qemu-broken"],
  [`${q} failed to find romfile "kvmvapic.bin"`, "qemu-broken"],
  [`${q} cannot set up guest memory 'pc.ram': Cannot allocate memory`, "guest-memory-unavailable"],
  [
    `${q} Address space limit 0xffffffffff < 0xe13fffffff phys-bits too low (40)`,
    "guest-memory-unavailable",
  ],
  [
    `${q} unable to map backing store for guest RAM: Cannot allocate memory`,
    "guest-memory-unavailable",
  ],
  [
    "qemu: initrd is too large, cannot support.(max: 536707071, need 3221225472)",
    "initrd-too-large",
  ],
  [`${q} Error loading uncompressed kernel without PVH ELF Note`, "kernel-not-direct"],
  ["qemu: invalid kernel header", "kernel-unreadable"],
  ["qemu: could not open kernel file '/k/x': Permission denied", "kernel-unreadable"],
  ["qemu: linux kernel too old to load a ram disk", "kernel-unreadable"],
  [
    `${q} -drive file=r.raw,format=raw,if=virtio: Failed to get "write" lock\nIs another process using the image [r.raw]?`,
    "image-in-use",
  ],
  [
    `${q} -drive file=r.raw,format=raw,if=virtio: Could not open 'r.raw': No such file or directory`,
    "image-unreadable",
  ],
  [
    `${q} -drive file=/edk2/OVMF.qcow2,format=qcow2,if=virtio: Could not open '/edk2/OVMF.qcow2': Permission denied`,
    "image-unreadable",
  ],
  [`${q} -drive file=a,format=qcow2,if=virtio: Image is not in qcow2 format`, "image-unreadable"],
  [
    `${q} -drive file=c.qcow2,format=qcow2,if=virtio: Could not open backing file: Could not open '/gone.raw': No such file or directory`,
    "image-chain",
  ],
  [`${q} unable to find CPU model 'nope'`, "qemu-unfit"],
  [`${q} unsupported machine type\nUse -machine help to list supported machines`, "qemu-unfit"],
  [`${q} unsupported machine type: "nope"`, "qemu-unfit"],
  [`${q} -device nopedev: 'nopedev' is not a valid device model name`, "qemu-unfit"],
  [
    `${q} Invalid SMP CPUs 900. The max CPUs supported by machine 'pc-i440fx-7.2' is 255`,
    "bad-cpus",
  ],
  [`${q} -accel hvf: invalid accelerator hvf`, "accel-unusable"],
  [`${q} -accel kvm: failed to initialize kvm: Permission denied`, "accel-unusable"],
  ["Could not access KVM kernel module: No such file or directory", "accel-unusable"],
  [`${q} error: failed to set MSR 0x10a to 0x69`, "accel-unusable"],
  ["KVM: entry failed, hardware error 0x80000021", "accel-unusable"],
  [`${q} CPU model 'host' requires KVM or HVF`, "accel-unusable"],
  [
    `${q} -gdb tcp:127.0.0.1:49343: Failed to find an available port: Address already in use`,
    "debugger-port",
  ],
  ["QEMU stopped because a disk failed: a write failed: No space left on device", "disk-full"],
];

test.each(said)("%s", (words, code) => {
  const failure = failureIn(words);
  expect(failure?.code).toBe(code);
  expect(failure?.hint?.includes("--accel tcg")).toBe(code === "accel-unusable");
});

test("of several lines the first is the end's, all are kept, and any may say what it means", () => {
  const exit = { code: 1, signal: undefined, killedByUs: false } as const;
  const words = `${q} warning: one\n\n${q} initrd is too large, cannot support.\n`;
  expect(meaningOfEnd(exit, undefined, false, words)).toMatchObject({
    how: "failed",
    detail: `QEMU ended with exit status 1: ${q} warning: one`,
    said: [`${q} warning: one`, `${q} initrd is too large, cannot support.`],
    failure: { code: "initrd-too-large" },
  });
});

test("words that nobody knows get no hint that may be wrong", () => {
  expect(failureIn(`${q} the flux capacitor is not charged`)).toBeUndefined();
  const exit = { code: 1, signal: undefined, killedByUs: false } as const;
  expect(meaningOfEnd(exit, undefined, false, "nobody knows")).toEqual({
    how: "failed",
    detail: "QEMU ended with exit status 1: nobody knows",
  });
});

test("a signal for want of memory or of room says so, and other signals are QEMU's own failure", () => {
  const endBy = (signal: NodeJS.Signals) =>
    meaningOfEnd({ code: undefined, signal, killedByUs: false }, undefined, false, "");
  expect(endBy("SIGBUS").failure?.code).toBe("guest-memory-unavailable");
  expect(endBy("SIGXFSZ").failure?.code).toBe("disk-full");
  expect(endBy("SIGSEGV").failure).toBeUndefined();
  expect(endBy("SIGKILL")).toMatchObject({
    how: "vanished",
    detail: expect.stringContaining("out of memory") as string,
  });
});
