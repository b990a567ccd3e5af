import { expect, test } from "vitest";
import type { DumpScene, FreezeScene } from "../run/scene.js";
import { formatDump, formatFrozen } from "./scene-text.js";

const scene: DumpScene = {
  kind: "dump",
  guest: "freebsd",
  bytes: 81_625_088,
  complete: true,
  how: "written by the kernel: minidump, version 3",
};
const opened: DumpScene = { ...scene, file: "vmcore.0", symbols: "/obj/my kernel.debug" };

test("a dump comes with the lines that open it", () => {
  expect(formatDump(opened, "/runs/1/stock/vmcore.0", "1/stock/vmcore.0")).toEqual([
    "dump     1/stock/vmcore.0 (77.8 MiB; written by the kernel: minidump, version 3)",
    "         kgdb '/obj/my kernel.debug' /runs/1/stock/vmcore.0",
    "         lldb --core /runs/1/stock/vmcore.0 '/obj/my kernel.debug'",
  ]);
});

test("a packed dump is unpacked first, and symbols that were not found are named so", () => {
  const packed = { ...scene, file: "vmcore.0.zst" };
  expect(formatDump(packed, "/r/vmcore.0.zst", "vmcore.0.zst").slice(1)).toEqual([
    "         zstd -d /r/vmcore.0.zst",
    "         kgdb KERNEL.debug /r/vmcore.0",
    "         lldb --core /r/vmcore.0 KERNEL.debug",
    "         KERNEL.debug: the symbols of this build, which were not found",
  ]);
});

test("a text dump is a tar file", () => {
  expect(formatDump(opened, "/r/textdump.tar.0", "textdump.tar.0")[1]).toBe(
    "         tar -xOf /r/textdump.tar.0",
  );
});

test("why there is none is said in one line, and what is damaged is not called whole", () => {
  const none = { ...scene, problem: "the kernel has written no dump" };
  expect(formatDump(none, "", "")).toEqual(["dump     none: the kernel has written no dump"]);
  const damaged = { ...opened, complete: false, problem: "it is short" };
  expect(formatDump(damaged, "/r/vmcore.0", "vmcore.0").slice(0, 2)).toEqual([
    "dump     vmcore.0 (77.8 MiB, incomplete; written by the kernel: minidump, version 3)",
    "         it is short",
  ]);
});

test("a Linux dump comes with the line of crash, and with drgn's where drgn can read it", () => {
  const linux: DumpScene = {
    ...{ kind: "dump", guest: "linux", file: "vmcore", bytes: 9_640_335, complete: true },
    ...{ how: "written by QEMU 7.2.22 as kdump-zlib", hasVmcoreinfo: true },
    symbols: "/src/my linux/vmlinux",
  };
  expect(formatDump(linux, "/r/vmcore", "r/vmcore")).toEqual([
    "dump     r/vmcore (9.2 MiB; written by QEMU 7.2.22 as kdump-zlib)",
    "         crash '/src/my linux/vmlinux' /r/vmcore",
    "         drgn -c /r/vmcore -s '/src/my linux/vmlinux'",
  ]);
  const { kind, guest, file, bytes, complete, how } = linux;
  const without: DumpScene = { kind, guest, file: file!, bytes, complete, how };
  expect(formatDump(without, "/r/vmcore", "r/vmcore").slice(1)).toEqual([
    "         crash VMLINUX /r/vmcore",
    "         VMLINUX: this build's vmlinux with debug information, which was not found",
  ]);
});

test("a frozen guest comes with the command that brings it back, by a name that is a path", () => {
  const frozen: FreezeScene = {
    ...{ kind: "freeze", guest: "linux", folder: "frozen", bytes: 26_528_972 },
  };
  expect(formatFrozen(frozen, "runs/1/stock/frozen", "runs/1/stock")).toEqual([
    "frozen   runs/1/stock/frozen (25.3 MiB on disk)",
    "         kernlane autopsy runs/1/stock",
  ]);
  expect(formatFrozen(frozen, "stock/frozen", "stock")[1]).toBe(
    "         kernlane autopsy ./stock",
  );
  const none: FreezeScene = { kind: "freeze", guest: "linux", bytes: 0, problem: "no room" };
  expect(formatFrozen(none, "", "")).toEqual(["frozen   no: no room"]);
});
