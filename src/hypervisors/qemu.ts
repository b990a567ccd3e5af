/**
 * QEMU: a {@link MachineSpec} in, argv and the meaning of its end out.
 *
 * Connected sockets are inherited at fixed descriptors instead of being named by paths: nothing has to be waited
 * for, nothing is left behind, and no path can be too long for a unix socket.
 *
 *     3  com1, the console      4  com2, the agent's channel      5  QMP      6  the virtio-serial port
 */
import type { Duplex } from "node:stream";
import { PORT_NAME } from "../base/port-name.js";
import { startProcess, type ProcessExit, type RunningProcess } from "../host/process.js";
import type { Hypervisor, Machine, MachineEnd, MachineSpec } from "./machine.js";
import { openQmp, type QmpEvent } from "./qmp.js";

const CONSOLE_FD = 3;
const CHANNEL_FD = 4;
const QMP_FD = 5;
const PORT_FD = 6;

/** @example openQemu("qemu-system-x86_64").argv(spec) */
export function openQemu(binary: string): Hypervisor {
  const argv = (spec: MachineSpec): readonly string[] => [binary, ...qemuArgs(spec)];
  return {
    name: "qemu",
    hasChannel: true,
    canHavePort: true,
    diskFormat: "qcow2",
    // The end of the process is the end of the machine.
    heldVms: () => [],
    argv: (spec) => [argv(spec)],
    start: async (spec) =>
      watchQemu(
        await startProcess({ argv: argv(spec), sockets: spec.hasPort ? 4 : 3, guarded: true }),
      ),
  };
}

function qemuArgs(spec: MachineSpec): readonly string[] {
  return [
    ...["-name", spec.name],
    ...["-nodefaults", "-no-user-config", "-display", "none"],
    // A reset ends the machine: what comes after it would be another boot, and perhaps another kernel.
    "-no-reboot",
    ...["-machine", "pc", "-accel", spec.accel],
    ...(spec.accel === "tcg" ? [] : ["-cpu", "host"]),
    ...["-smp", String(spec.cpus), "-m", `${spec.memoryMiB}M`],
    // The guest's entropy must not be what a boot waits for.
    ...[
      "-object",
      "rng-random,id=rng0,filename=/dev/urandom",
      "-device",
      "virtio-rng-pci,rng=rng0",
    ],
    ...["-chardev", `socket,id=com1,fd=${CONSOLE_FD}`, "-serial", "chardev:com1"],
    ...["-chardev", `socket,id=com2,fd=${CHANNEL_FD}`, "-serial", "chardev:com2"],
    ...["-chardev", `socket,id=qmp,fd=${QMP_FD}`, "-mon", "chardev=qmp,mode=control"],
    ...(spec.hasPort ? portArgs() : []),
    ...spec.disks.flatMap((disk) => [
      "-drive",
      `file=${escaped(disk.path)},format=${disk.format},if=virtio,cache=unsafe`,
    ]),
    ...bootArgs(spec),
    ...spec.extraArgs,
  ];
}

function portArgs(): readonly string[] {
  return [
    ...["-chardev", `socket,id=port,fd=${PORT_FD}`, "-device", "virtio-serial-pci"],
    ...["-device", `virtserialport,chardev=port,name=${PORT_NAME}`],
  ];
}

function bootArgs(spec: MachineSpec): readonly string[] {
  if (spec.boot.kind === "direct") {
    const { kernel, initrd, commandLine } = spec.boot;
    return ["-kernel", kernel, "-initrd", initrd, "-append", commandLine];
  }
  return spec.boot.firmware === "uefi" ? ["-bios", "OVMF.fd"] : [];
}

/** A comma ends an option's value unless it is doubled. */
function escaped(path: string): string {
  return path.replaceAll(",", ",,");
}

function watchQemu(qemu: RunningProcess): Machine {
  const [console_, channel, control, port] = qemu.sockets as [Duplex, Duplex, Duplex, Duplex?];
  let shutdown: QmpEvent | undefined;
  let internalError = false;
  let stopping = false;
  let words = "";
  qemu.stdout.resume();
  qemu.stderr.on("data", (chunk: Buffer) => {
    if (words.length < 16_384) words += chunk.toString("utf8");
  });
  const qmp = openQmp(control, (event) => {
    if (event.event === "SHUTDOWN") shutdown = event;
    // An accelerator that cannot go on stops the guest without ending QEMU: nothing more would ever come.
    if (event.event === "STOP" && !stopping) void endIfBroken();
  });

  async function endIfBroken(): Promise<void> {
    const status = (await qmp.execute("query-status").catch(() => undefined)) as
      { status?: string } | undefined;
    if (status?.status !== "internal-error") return;
    internalError = true;
    qemu.kill("SIGKILL");
  }

  const ended = qemu.exited.then((exit): MachineEnd => {
    if (internalError)
      return { how: "failed", detail: `QEMU stopped in an internal error: ${said(words)}` };
    return meaningOfEnd(exit, shutdown, stopping, words);
  });
  return {
    pid: qemu.pid,
    console: console_,
    channel,
    ...(port === undefined ? {} : { port }),
    ended,
    injectNmi: () => qmp.execute("inject-nmi").then(() => undefined),
    pressPower: () => qmp.execute("system_powerdown").then(() => undefined),
    stop: () => {
      stopping = true;
      qemu.kill("SIGKILL");
      return ended;
    },
    [Symbol.asyncDispose]: () => qemu[Symbol.asyncDispose](),
  };
}

/** QEMU's exit status is 0 for a power-off and for a panic's reset alike: the reason of `SHUTDOWN` tells them apart. */
export function meaningOfEnd(
  exit: ProcessExit,
  shutdown: QmpEvent | undefined,
  stoppedByUs: boolean,
  words: string,
): MachineEnd {
  const told = shutdown?.data["reason"];
  const reason = typeof told === "string" ? told : "";
  const detail = reason === "" ? describeExit(exit, words) : `QMP SHUTDOWN ${reason}`;
  if (reason === "guest-shutdown") return { how: "powered-off", detail };
  if (reason === "guest-reset") return { how: "reset", detail };
  if (reason === "guest-panic") return { how: "crashed", detail };
  if (stoppedByUs || exit.killedByUs) return { how: "stopped", detail: "ended by kernlane" };
  if (exit.signal === "SIGKILL" || exit.signal === "SIGTERM" || reason.startsWith("host-")) {
    return { how: "vanished", detail };
  }
  return { how: "failed", detail };
}

function describeExit(exit: ProcessExit, words: string): string {
  const status = exit.signal === undefined ? `exit status ${exit.code ?? "unknown"}` : exit.signal;
  return `QEMU ended with ${status}: ${said(words)}`;
}

function said(words: string): string {
  return words.trim() === "" ? "it printed nothing" : words.trim();
}
