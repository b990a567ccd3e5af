/**
 * The variables that a FreeBSD kernel is started with, and what of boot(8)'s options they say.
 *
 * Source: FreeBSD `stand/common/boot.c` (the root), `stand/i386/libi386/comconsole.c`, `sys/kern/subr_boot.c`, kenv(1). The loader hands
 * on all that its files set, and what it found out itself: here the kernel's path, the console's port and the root, which it reads
 * from fstab(5).
 */
import type { GuestFiles } from "../guest-files.js";

export type BootVariables = ReadonlyMap<string, string>;

const OPTIONS: Readonly<Record<string, number>> = {
  boot_askname: 0x1,
  boot_single: 0x2,
  boot_dfltroot: 0x20,
  boot_ddb: 0x40,
  boot_verbose: 0x800,
  boot_serial: 0x1000,
  boot_cdrom: 0x2000,
  boot_gdb: 0x8000,
  boot_mute: 0x10000,
  boot_pause: 0x100000,
  boot_multicons: 0x20000000,
};

/** As the loader has it: any value counts, but for `NO`. */
export function howtoOf(variables: BootVariables): number {
  return Object.entries(OPTIONS).reduce((howto, [name, bit]) => {
    const value = variables.get(name);
    return value === undefined || /^no$/i.test(value) ? howto : howto | bit;
  }, 0);
}

/** `NAME=VALUE`, each ended by a NUL, and one NUL more. */
export function encodeVariables(variables: BootVariables): Uint8Array {
  const lines = [...variables].map(([name, value]) => `${name}=${value}\0`);
  return Buffer.from(`${lines.join("")}\0`);
}

/** COM1, as the loader of a serial console says it. */
const CONSOLE_PORT = "io:1016,br:115200";

/**
 * @param settings what the loader's files set, the last assignment last
 * @param kernel the kernel's path
 * @param smbios what the loader would find out of the machine
 */
export function bootVariables(
  settings: readonly { readonly name: string; readonly value: string }[],
  kernel: string,
  guest: GuestFiles,
  smbios: Readonly<Record<string, string>> = {},
): BootVariables {
  const set = new Map(settings.map(({ name, value }) => [name, value]));
  const root = set.has("vfs.root.mountfrom") ? {} : rootOf(guest.readText("/etc/fstab") ?? "");
  const found = { ...smbios, ...root, "hw.uart.console": CONSOLE_PORT };
  for (const [name, value] of Object.entries(found)) if (!set.has(name)) set.set(name, value);
  return set.set("kernelname", kernel);
}

/** The root of fstab(5), as the kernel is told it; nothing where there is none. */
function rootOf(fstab: string): Readonly<Record<string, string>> {
  for (const line of fstab.split("\n")) {
    const [device, place, type, options] = line.split(/\s+/);
    if (line.startsWith("#") || place !== "/" || !device || !type || !options) continue;
    return { "vfs.root.mountfrom": `${type}:${device}`, "vfs.root.mountfrom.options": options };
  }
  return {};
}
