/**
 * What was kept of a guest's last moment, and the command that opens it.
 */
import { formatBytes } from "../base/units.js";
import { visible } from "../console/visible.js";
import type { DumpScene } from "../run/scene.js";
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
    ...(scene.guest === "freebsd" ? openedBy(scene, path).map((line) => `         ${line}`) : []),
  ];
}

const UNPACK: Readonly<Record<string, string>> = { ".gz": "gunzip -k", ".zst": "zstd -d" };

/** kgdb is of FreeBSD's package gdb, lldb of its base system; both read kernels on other systems, too. */
function openedBy({ symbols }: DumpScene, path: string): readonly string[] {
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
