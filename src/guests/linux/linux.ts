/**
 * Linux guests: the kernel is booted directly, and everything it needs is one initramfs of ours with the agent as /init.
 */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { LaneError } from "../../base/errors.js";
import { PORT_NAME } from "../../base/port-name.js";
import { formatBytes } from "../../base/units.js";
import { encodeCpio, type CpioEntry } from "../../binary/cpio.js";
import { withDiskErrors } from "../../host/disk-errors.js";
import type { DirectBoot } from "../../machine/machine.js";
import { missingPrograms } from "../guest-programs.js";
import { requireInterpreters } from "../guest-interpreters.js";
import {
  placedFile,
  type Guest,
  type GuestFile,
  type StagingInput,
  type StagingPlan,
} from "../guest.js";
import { readLinuxKernel } from "./kernel.js";
import { findStockLinux } from "./stock.js";

/**
 * The console is a serial port, from the first instruction on: `earlyprintk` gives the kernel's decompressor and its first steps a console
 * before the driver of the port is there, and ends where that begins, so that only two lines (the change from one to the other) come twice. A panic or an oops ends the machine at once (a negative time-out reboots, and the machine
 * does not restart); an interrupt of unknown origin, which is how a hung kernel is asked where it is, is a panic too; and before that it is
 * asked by sysrq, which distributions allow in part.
 * Source: Documentation/admin-guide/kernel-parameters.txt.
 */
const COMMAND_LINE =
  "console=ttyS0,115200 earlyprintk=ttyS0,115200 panic=-1 oops=panic unknown_nmi_panic sysrq_always_enabled";

/** A time in front of a line proves that the kernel said it: a program's imitation has none. */
function timeWord(ownWords: string): readonly string[] {
  return /(?:^|\s)printk\.time\b/.test(ownWords) ? [] : ["printk.time=1"];
}

/** @param ownWords words of the user's own for the kernel's command line, behind ours */
export function openLinux(ownWords = ""): Guest {
  return {
    family: "linux",
    bootsFrom: "kernel",
    agentPath: "/init",
    planPath: "/kernlane/plan",
    channelDevices: ["/dev/ttyS1"],
    bootBudgetsMs: { load: 15_000, kernel: 30_000, rc: 0 },
    findKernel: async ({ file }, mayFetch, signal) =>
      file === "auto" ? findStockLinux(mayFetch, signal) : readLinuxKernel(file, "given"),
    // What is not built into the kernel is not there; com2 is next then.
    portFor: () => ({ device: `/dev/virtio-ports/${PORT_NAME}`, isSynchronous: false }),
    planStaging: (input) => planStaging(input, ownWords),
    stage,
  };
}

function planStaging(input: StagingInput, ownWords: string): StagingPlan {
  requireMemory(input);
  requireInterpreters(input.files, () => false);
  const initrd = join(input.folder, "initramfs.cpio");
  const commandLine = [COMMAND_LINE, ...timeWord(ownWords), ownWords].filter(Boolean).join(" ");
  return {
    boot: { kind: "direct", kernel: input.kernel.path, initrd, commandLine },
    disks: [],
    input,
    placed: input.files.map(placedFile),
    staged: [initrd],
    notices: missingPrograms(input.programs ?? [], (path) =>
      input.files.some((file) => file.path === path),
    ),
    caveats: [],
  };
}

/** What a machine keeps for itself at the end of its memory (ACPI tables), and the headers of the initramfs. */
const RESERVED_BYTES = 1024 * 1024;

/**
 * QEMU puts the initramfs at the end of the memory, and the kernel unpacks itself at its beginning. Where both do not fit, the kernel
 * dies before it has a console, or overwrites its own files.
 */
function requireMemory({ kernel, files, memoryMiB }: StagingInput): void {
  const { memoryBytes = 0, path } = kernel;
  const filesBytes = files.reduce((sum, { content }) => sum + content.length, 0);
  const neededMiB = Math.ceil((memoryBytes + filesBytes + RESERVED_BYTES) / 1024 ** 2);
  if (neededMiB <= memoryMiB) return;
  throw new LaneError(
    "memory-too-small",
    `${path} needs ${formatBytes(memoryBytes)} of memory to start and its files ${formatBytes(filesBytes)}: the machine has ${memoryMiB} MiB, expected at least ${neededMiB} MiB`,
    { facts: { path, memoryMiB, neededMiB } },
  );
}

function stage(plan: StagingPlan): Promise<void> {
  const { initrd } = plan.boot as DirectBoot & { readonly initrd: string };
  withDiskErrors(initrd, () => {
    writeFileSync(initrd, encodeCpio(initramfs(plan.input.files)));
  });
  return Promise.resolve();
}

/** The kernel opens /dev/console before /init runs, and /init may open the ports before devtmpfs is mounted. */
function initramfs(files: readonly GuestFile[]): readonly CpioEntry[] {
  const folders = new Set([
    "dev",
    "proc",
    "sys",
    "tmp",
    ...files.flatMap(({ path }) => ancestors(path)),
  ]);
  return [
    ...[...folders].sort().map((path): CpioEntry => ({ type: "directory", path, mode: 0o755 })),
    device("dev/console", 5, 1),
    device("dev/null", 1, 3),
    device("dev/ttyS0", 4, 64),
    device("dev/ttyS1", 4, 65),
    ...files.map(({ path, mode, content }): CpioEntry => ({
      type: "file",
      path: relative(path),
      mode,
      data: content,
    })),
  ];
}

/** Numbers of Documentation/admin-guide/devices.txt. */
function device(path: string, major: number, minor: number): CpioEntry {
  return { type: "character-device", path, mode: 0o600, major, minor };
}

function relative(path: string): string {
  return path.replace(/^\/+/, "");
}

function ancestors(path: string): readonly string[] {
  const parent = dirname(relative(path));
  return parent === "." ? [] : [...ancestors(parent), parent];
}
