/**
 * What was kept of a guest's last moment, and the command that opens it.
 */
import { formatBytes } from "../base/units.js";
import { visible } from "../console/visible.js";
import type { DumpScene, FreezeScene } from "../run/scene.js";
import { quoted } from "./shell-words.js";

/**
 * @param path where its file is now
 * @param shown the path as it is shown
 * @example formatDump(scene, "/runs/twq/stock/vmcore.0", "runs/twq/stock/vmcore.0")
 */
export function formatDump(scene: DumpScene, path: string, shown: string): readonly string[] {
  const problem = scene.problem === undefined ? [] : [`         ${visible(scene.problem)}`];
  if (scene.file === undefined) return [`dump     none: ${visible(scene.problem ?? "")}`];
  const incomplete = scene.complete ? "" : ", incomplete";
  return [
    `dump     ${shown} (${formatBytes(scene.bytes)}${incomplete}; ${visible(scene.how)})`,
    ...problem,
    ...openers[scene.guest](scene, path).map((line) => `         ${line}`),
  ];
}

/**
 * @param shown where it is
 * @param column its column's folder, as it is shown
 */
export function formatFrozen(scene: FreezeScene, shown: string, column: string): readonly string[] {
  if (scene.folder === undefined) return [`frozen   no: ${visible(scene.problem ?? "")}`];
  // A name without a slash would be looked for among the runs that are kept.
  const named = column.includes("/") ? column : `./${column}`;
  return [
    `frozen   ${shown} (${formatBytes(scene.bytes)} on disk)`,
    `         kernlane autopsy ${quoted(named)}`,
  ];
}

const UNPACK: Readonly<Record<string, string>> = { ".gz": "gunzip -k", ".zst": "zstd -d" };

const openers = { freebsd: openedOfFreebsd, linux: openedOfLinux };

/** crash and drgn are packages of Linux' distributions; both need the kernel's types (DWARF). */
function openedOfLinux({ symbols, hasVmcoreinfo }: DumpScene, path: string): readonly string[] {
  const core = quoted(path);
  const kernel = symbols === undefined ? "VMLINUX" : quoted(symbols);
  return [
    `crash ${kernel} ${core}`,
    ...(hasVmcoreinfo ? [`drgn -c ${core} -s ${kernel}`] : []),
    ...(symbols === undefined
      ? ["VMLINUX: this build's vmlinux with debug information, which was not found"]
      : []),
  ];
}

/** kgdb is of FreeBSD's package gdb, lldb of its base system; both read kernels on other systems, too. */
function openedOfFreebsd({ symbols }: DumpScene, path: string): readonly string[] {
  if (/\.tar\.\d+$/.test(path)) return [`tar -xOf ${quoted(path)}`];
  const ending = /\.(gz|zst)$/.exec(path)?.[0] ?? "";
  const core = quoted(path.slice(0, path.length - ending.length));
  const kernel = symbols === undefined ? "KERNEL.debug" : quoted(symbols);
  return [
    ...(ending === "" ? [] : [`${UNPACK[ending]!} ${quoted(path)}`]),
    `kgdb ${kernel} ${core}`,
    `lldb --core ${core} ${kernel}`,
    ...(symbols === undefined
      ? ["KERNEL.debug: the symbols of this build, which were not found"]
      : []),
  ];
}
