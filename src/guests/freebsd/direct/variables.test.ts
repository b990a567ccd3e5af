import { expect, test } from "vitest";
import type { GuestFiles } from "../guest-files.js";
import { bootVariables, encodeVariables, howtoOf } from "./variables.js";

function guestWith(fstab: string | undefined): GuestFiles {
  return {
    open: () => undefined,
    typeAt: () => undefined,
    namesIn: () => [],
    readText: (path) => (path === "/etc/fstab" ? fstab : undefined),
  };
}

const FSTAB =
  "# Device\tMountpoint\tFStype\tOptions\n/dev/gpt/swap none swap sw 0 0\n/dev/gpt/rootfs\t/\tufs\trw,noatime\t1\t1\n";

test("the root is that of fstab, unless a loader file names it", () => {
  const root = (settings: Parameters<typeof bootVariables>[0], fstab?: string) => {
    const set = bootVariables(settings, "/boot/kernel/kernel", guestWith(fstab));
    return [set.get("vfs.root.mountfrom"), set.get("vfs.root.mountfrom.options")];
  };
  expect(root([], FSTAB)).toEqual(["ufs:/dev/gpt/rootfs", "rw,noatime"]);
  expect(root([{ name: "vfs.root.mountfrom.options", value: "ro" }], FSTAB)).toEqual([
    "ufs:/dev/gpt/rootfs",
    "ro",
  ]);
  expect(root([{ name: "vfs.root.mountfrom", value: "ufs:/dev/ada0" }], FSTAB)).toEqual([
    "ufs:/dev/ada0",
    undefined,
  ]);
  expect(root([], "/dev/ada0p2 /usr ufs rw 1 1\n/dev/ada0p3 /\n")).toEqual([undefined, undefined]);
  expect(root([])).toEqual([undefined, undefined]);
});

test("the last assignment of a variable counts, and the kernel's own path is added", () => {
  const settings = [
    { name: "kern.hz", value: "1000" },
    { name: "kern.hz", value: "100" },
  ];
  const set = bootVariables(settings, "/boot/TWQDEBUG/kernel", guestWith(FSTAB));
  expect([set.get("kern.hz"), set.get("kernelname")]).toEqual(["100", "/boot/TWQDEBUG/kernel"]);
});

test.each([
  [{}, 0],
  [{ boot_serial: "YES", boot_verbose: "no" }, 0x1000],
  [{ boot_serial: "", boot_single: "1", boot_ddb: "NO" }, 0x1002],
])("boot(8)'s options of %j", (variables, howto) => {
  expect(howtoOf(new Map(Object.entries(variables)))).toBe(howto);
});

test("variables are lines that a NUL ends, and an empty one", () => {
  const bytes = encodeVariables(new Map(Object.entries({ a: "1", b: "" })));
  expect(Buffer.from(bytes).toString()).toBe("a=1\0b=\0\0");
});
