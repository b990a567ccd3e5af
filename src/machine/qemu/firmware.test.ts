import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import type { MachineSpec } from "../machine.js";
import { findUefiFirmware } from "./firmware.js";
import { openQemu } from "./qemu.js";
import { tempFolder } from "../../../test/temp-folder.js";

let root = "";
beforeEach(() => {
  root = tempFolder("firmware");
});

function put(name: string, content: string | object = ""): string {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const search = () =>
  findUefiFirmware("no-qemu", {
    descriptors: [join(root, "etc"), join(root, "usr")],
    shares: [join(root, "share")],
  });

function descriptor(code: string, vars: string, more: object = {}): object {
  return {
    "interface-types": ["uefi"],
    mapping: {
      device: "flash",
      executable: { filename: code, format: "raw" },
      "nvram-template": { filename: vars, format: "qcow2" },
    },
    targets: [{ architecture: "x86_64", machines: ["pc-i440fx-*", "pc-q35-*"] }],
    features: ["acpi-s3"],
    ...more,
  };
}

test("takes the first descriptor that fits: no secure boot, this architecture, files that are there", () => {
  const [code, vars] = [put("code.fd"), put("vars.fd")];
  put("usr/10-secure.json", descriptor(code, vars, { features: ["secure-boot", "requires-smm"] }));
  put(
    "usr/20-arm.json",
    descriptor(code, vars, { targets: [{ architecture: "aarch64", machines: ["virt-*"] }] }),
  );
  put("usr/30-gone.json", descriptor(join(root, "gone.fd"), vars));
  put("usr/40-seabios.json", descriptor(code, vars, { "interface-types": ["bios"] }));
  put("usr/50-broken.json", "{");
  put("usr/60-fits.json", descriptor(code, vars));
  expect(search().firmware).toEqual({
    code: { path: code, format: "raw" },
    vars: { path: vars, format: "qcow2" },
  });
});

test("a descriptor of an earlier folder replaces that of the same name, and an empty one hides it", () => {
  const [code, vars, mine] = [put("code.fd"), put("vars.fd"), put("mine.fd")];
  put("usr/60-edk2.json", descriptor(code, vars));
  put("etc/60-edk2.json", descriptor(mine, vars));
  expect(search().firmware?.code.path).toBe(mine);
  put("etc/60-edk2.json", "");
  expect(search().firmware).toBeUndefined();
});

test("a descriptor for q35 alone serves where none names the machine that is used", () => {
  const [code, vars, both] = [put("code.fd"), put("vars.fd"), put("both.fd")];
  const q35 = { targets: [{ architecture: "x86_64", machines: ["pc-q35-*"] }] };
  put("usr/10-q35.json", descriptor(code, vars, q35));
  expect(search().firmware?.code.path).toBe(code);
  put("usr/20-both.json", descriptor(both, vars));
  expect(search().firmware?.code.path).toBe(both);
});

test.each([
  ["OVMF/OVMF_CODE_4M.fd", "OVMF/OVMF_VARS_4M.fd"],
  ["edk2/ovmf/OVMF_CODE.fd", "edk2/ovmf/OVMF_VARS.fd"],
  ["edk2/x64/OVMF_CODE.4m.fd", "edk2/x64/OVMF_VARS.4m.fd"],
  ["qemu/ovmf-x86_64-code.bin", "qemu/ovmf-x86_64-vars.bin"],
  ["edk2-qemu/QEMU_UEFI_CODE-x86_64.fd", "edk2-qemu/QEMU_UEFI_VARS-x86_64.fd"],
  ["qemu/edk2-x86_64-code.fd", "qemu/edk2-i386-vars.fd"],
])("finds %s without a descriptor, and never without its variables", (code, vars) => {
  const path = put(`share/${code}`);
  expect(search().firmware).toBeUndefined();
  const template = put(`share/${vars}`);
  expect(search().firmware).toEqual({
    code: { path, format: "raw" },
    vars: { path: template, format: "raw" },
  });
});

const spec: MachineSpec = {
  ...{ name: "m", arch: "amd64", cpus: 1, memoryMiB: 256, accel: "tcg", extraArgs: [] },
  boot: { kind: "disk", firmware: "uefi" },
  disks: [{ path: "/r/disk", format: "raw" }],
};

test("a machine gets the code to read and the variables to write for itself", () => {
  const [code, vars] = [put("share/OVMF/OVMF_CODE.fd"), put("share/OVMF/OVMF_VARS.fd")];
  expect(openQemu("qemu", search()).argv(spec)[0]!.slice(-4)).toEqual([
    "-drive",
    `if=pflash,format=raw,readonly=on,file=${code}`,
    "-drive",
    `if=pflash,format=raw,snapshot=on,file=${vars}`,
  ]);
});

test("one file with both is the machine's BIOS", () => {
  const path = put("share/ovmf/OVMF.fd");
  expect(openQemu("qemu", search()).argv(spec)[0]!.slice(-2)).toEqual(["-bios", path]);
});

test("a host without firmware is told where it was looked for; a machine with a BIOS needs none", () => {
  const qemu = openQemu("qemu", search());
  expect(() => qemu.argv(spec)).toThrow(
    expect.objectContaining({
      code: "uefi-firmware-missing",
      who: "host",
      message: expect.stringContaining(join(root, "share")) as string,
    }) as Error,
  );
  expect(qemu.argv({ ...spec, boot: { kind: "disk", firmware: "bios" } })[0]).not.toContain(
    "-bios",
  );
});
