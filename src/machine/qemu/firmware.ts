/**
 * The UEFI firmware that QEMU boots disks with, as distributions install it.
 *
 * First the descriptors that say it themselves (QEMU's docs/interop/firmware.json): JSON files in `qemu/firmware` below the user's
 * configuration, /etc and the share folders, in the order of their names; a file of the same name in an earlier folder replaces a later one,
 * and an empty one hides it. Then the places where firmware is known to lie without a descriptor.
 *
 *     DESCRIPTOR            "interface-types": ["uefi"], "targets": [{ "architecture": "x86_64", "machines": ["pc-i440fx-*"] }]
 *     split pair            "mapping": { "device": "flash", "executable": { "filename", "format" }, "nvram-template": { … } }
 *     one file              "mapping": { "device": "memory", "filename" }
 *     passed over           "features" with secure-boot or requires-smm: a kernel under test is not signed, and `pc` has no SMM for it
 */
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import * as z from "zod";
import { LaneError } from "../../base/errors.js";

export interface UefiFirmware {
  readonly code: FirmwareFile;
  /** The template of its variables; absent where code and variables are one file. */
  readonly vars?: FirmwareFile;
}

export interface FirmwareFile {
  readonly path: string;
  readonly format: "raw" | "qcow2";
}

export interface FirmwareSearch {
  readonly firmware?: UefiFirmware;
  readonly lookedIn: readonly string[];
}

/** Code and variables below a share folder, or one file with both. */
const KNOWN_PLACES: readonly (readonly [code: string, vars?: string])[] = [
  ["OVMF/OVMF_CODE_4M.fd", "OVMF/OVMF_VARS_4M.fd"], // Debian, Ubuntu
  ["OVMF/OVMF_CODE.fd", "OVMF/OVMF_VARS.fd"], // older Debian and Ubuntu, Void
  ["edk2/ovmf/OVMF_CODE.fd", "edk2/ovmf/OVMF_VARS.fd"], // Fedora, RHEL
  ["edk2/x64/OVMF_CODE.4m.fd", "edk2/x64/OVMF_VARS.4m.fd"], // Arch
  ["edk2-ovmf/x64/OVMF_CODE.fd", "edk2-ovmf/x64/OVMF_VARS.fd"], // older Arch
  ["edk2-ovmf/OVMF_CODE.fd", "edk2-ovmf/OVMF_VARS.fd"], // Gentoo
  ["qemu/ovmf-x86_64-4m-code.bin", "qemu/ovmf-x86_64-4m-vars.bin"], // openSUSE
  ["qemu/ovmf-x86_64-code.bin", "qemu/ovmf-x86_64-vars.bin"], // older openSUSE
  ["edk2-qemu/QEMU_UEFI_CODE-x86_64.fd", "edk2-qemu/QEMU_UEFI_VARS-x86_64.fd"], // FreeBSD's edk2-qemu-x64
  ["qemu/edk2-x86_64-code.fd", "qemu/edk2-i386-vars.fd"], // QEMU's own: Homebrew, FreeBSD, Nix
  ["ovmf/OVMF.fd"], // Debian, Ubuntu, Alpine
  ["OVMF/OVMF.fd"],
  ["qemu/OVMF.fd"],
];

const SHARE_FOLDERS = ["/usr/share", "/usr/local/share", "/opt/homebrew/share"];

/** @param qemu QEMU's program: what is installed with it lies in the share folder beside its own */
export function findUefiFirmware(qemu: string, places = usualPlaces(qemu)): FirmwareSearch {
  const lookedIn = [...places.descriptors, ...places.shares];
  const firmware = describedFirmware(places.descriptors) ?? knownFirmware(places.shares);
  return { lookedIn, ...(firmware === undefined ? {} : { firmware }) };
}

/** @throws LaneError `uefi-firmware-missing` (host) */
export function requireUefiFirmware({ firmware, lookedIn }: FirmwareSearch): UefiFirmware {
  if (firmware !== undefined) return firmware;
  throw new LaneError(
    "uefi-firmware-missing",
    `no UEFI firmware for x86_64 was found in ${lookedIn.join(", ")}`,
    { hint: firmwareRemedy() },
  );
}

interface FirmwarePlaces {
  /** Folders of descriptors, the first first. */
  readonly descriptors: readonly string[];
  readonly shares: readonly string[];
}

function usualPlaces(qemu: string): FirmwarePlaces {
  const own = existsSync(qemu) ? [join(dirname(realpathSync(qemu)), "..", "share")] : [];
  const shares = [...new Set([...own, ...SHARE_FOLDERS])];
  const config = process.env["XDG_CONFIG_HOME"] || join(homedir(), ".config");
  const descriptors = [config, "/etc", ...shares].map((folder) => join(folder, "qemu", "firmware"));
  return { descriptors, shares };
}

const fileSchema = z.object({ filename: z.string(), format: z.enum(["raw", "qcow2"]) });
const descriptorSchema = z.object({
  "interface-types": z.array(z.string()),
  mapping: z.union([
    z.object({
      device: z.literal("flash"),
      executable: fileSchema,
      "nvram-template": fileSchema.optional(),
    }),
    z.object({ device: z.literal("memory"), filename: z.string() }),
  ]),
  targets: z.array(z.object({ architecture: z.string(), machines: z.array(z.string()) })),
  features: z.array(z.string()).default([]),
});
type Descriptor = z.infer<typeof descriptorSchema>;

function describedFirmware(folders: readonly string[]): UefiFirmware | undefined {
  const usable = descriptorFiles(folders)
    .flatMap((path) => readDescriptor(path) ?? [])
    .filter(isUsable);
  // Some list q35 only, though the same firmware boots both of QEMU's PCs.
  const best = usable.find((one) => isFor(one, /^pc-i440fx-/)) ?? usable[0];
  return best && firmwareOf(best);
}

function descriptorFiles(folders: readonly string[]): readonly string[] {
  const files = new Map<string, string>();
  for (const folder of folders) {
    const names = existsSync(folder) ? readdirSync(folder) : [];
    for (const name of names.filter((one) => one.endsWith(".json")))
      if (!files.has(name)) files.set(name, join(folder, name));
  }
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}

/** What is none is passed over: QEMU's own tools do the same. */
function readDescriptor(path: string): Descriptor | undefined {
  try {
    return descriptorSchema.safeParse(JSON.parse(readFileSync(path, "utf8"))).data;
  } catch {
    return undefined;
  }
}

function isUsable(one: Descriptor): boolean {
  const { code, vars } = firmwareOf(one);
  return (
    one["interface-types"].includes("uefi") &&
    isFor(one, /^pc-/) &&
    !one.features.some((name) => name === "secure-boot" || name === "requires-smm") &&
    [code, ...(vars ? [vars] : [])].every(({ path }) => existsSync(path))
  );
}

function isFor({ targets }: Descriptor, machine: RegExp): boolean {
  return targets.some(
    ({ architecture, machines }) =>
      architecture === "x86_64" && machines.some((one) => machine.test(one)),
  );
}

function firmwareOf({ mapping }: Descriptor): UefiFirmware {
  if (mapping.device === "memory") return { code: { path: mapping.filename, format: "raw" } };
  const vars = mapping["nvram-template"];
  return { code: fileOf(mapping.executable), ...(vars ? { vars: fileOf(vars) } : {}) };
}

function fileOf({ filename, format }: z.infer<typeof fileSchema>): FirmwareFile {
  return { path: filename, format };
}

function knownFirmware(shares: readonly string[]): UefiFirmware | undefined {
  for (const share of shares) {
    for (const names of KNOWN_PLACES) {
      const paths = names.map((name) => join(share, name!));
      if (!paths.every((path) => existsSync(path))) continue;
      const [code, vars] = paths.map((path): FirmwareFile => ({ path, format: "raw" }));
      return { code: code!, ...(vars ? { vars } : {}) };
    }
  }
  return undefined;
}

function firmwareRemedy(): string {
  if (process.platform === "darwin") return "brew install qemu";
  if (process.platform === "freebsd") return "pkg install edk2-qemu-x64";
  return "apt-get install ovmf (Debian, Ubuntu), dnf install edk2-ovmf (Fedora), pacman -S edk2-ovmf (Arch), zypper install qemu-ovmf-x86_64 (openSUSE)";
}
