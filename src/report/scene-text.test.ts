import { expect, test } from "vitest";
import type { DumpScene } from "../run/scene.js";
import { formatDump } from "./scene-text.js";

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
