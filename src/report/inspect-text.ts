/**
 * A FreeBSD image for a person at a terminal. Pure; the image's own words come in visible form only.
 */
import { formatBytes } from "../base/units.js";
import { visible } from "../console/visible.js";
import type { ImageOverview } from "../guests/freebsd/overview.js";
import type { Style } from "./style.js";
import { formatTable } from "./table.js";

export function formatImage(image: ImageOverview, style: Style): string {
  const { loader, sectorBytes } = image;
  const sectors = sectorBytes === 512 ? "" : `, sectors of ${sectorBytes} bytes`;
  const lines = [
    style.bold(visible(image.path)),
    `  format       ${image.format}, ${formatBytes(image.sizeBytes)}${sectors}`,
    `  userland     ${image.userland === null ? "does not say its release" : visible(image.userland)}`,
    `  loader       ${loader.kind}, ${loader.readsConfDir ? "reads" : "does not read"} /boot/loader.conf.d`,
    ...section("partitions", partitionRows(image), style),
    ...section("file system", fileSystemRows(image), style),
    ...section("kernels", kernelRows(image), style),
    ...section("loader settings", settingRows(image), style),
    ...(image.warnings.length === 0 ? [] : ["", style.bold("warnings")]),
    ...image.warnings.map((warning) => style.red(`  ${visible(warning)}`)),
  ];
  return lines.join("\n") + "\n";
}

function section(
  title: string,
  rows: readonly (readonly string[])[],
  style: Style,
): readonly string[] {
  const shown = rows.length === 0 ? ["none"] : formatTable(rows);
  return ["", style.bold(title), ...shown.map((line) => `  ${line}`)];
}

function partitionRows({
  scheme,
  partitions,
  rootWhy,
}: ImageOverview): readonly (readonly string[])[] {
  if (partitions.length === 0) return [["none: the file system is the whole disk"]];
  return partitions.map(({ number, type, label, offsetBytes, sizeBytes, isRoot }) => [
    `${scheme} ${number}`,
    type,
    visible(label),
    formatBytes(sizeBytes),
    `at byte ${offsetBytes}`,
    isRoot ? `the root (${rootWhy})` : "",
  ]);
}

function fileSystemRows({ fileSystem: fs }: ImageOverview): readonly (readonly string[])[] {
  const name = fs.volumeName === "" ? "" : ` "${visible(fs.volumeName)}"`;
  const updates = fs.softUpdates ? "soft updates" : "no soft updates";
  const hashes = fs.checkHashes.length === 0 ? "none" : fs.checkHashes.join(", ");
  return [
    ["UFS2", `${formatBytes(fs.sizeBytes)}${name}`],
    ["blocks", `${formatBytes(fs.blockBytes)}, fragments of ${formatBytes(fs.fragmentBytes)}`],
    ["free", `${formatBytes(fs.freeBytes)}, ${fs.freeInodes} inodes`],
    ["journal", `${updates}, ${fs.journal ? "journaled" : "no journal"}`],
    ["check-hashes", hashes],
    ["state", fs.clean ? "clean" : "not clean"],
  ];
}

function kernelRows({ kernels }: ImageOverview): readonly (readonly string[])[] {
  return kernels.map(({ name, ident, version, sizeBytes, trouble }) => [
    visible(name),
    visible(ident ?? "?"),
    formatBytes(sizeBytes),
    // The second line of a version says who built it where.
    visible(version?.split("\n")[0] ?? trouble ?? ""),
  ]);
}

function settingRows({ loader }: ImageOverview): readonly (readonly string[])[] {
  const rows = loader.settings.map(({ name, value, file, line }) => [
    `${visible(file)}:${line}`,
    `${visible(name)}="${visible(value)}"`,
  ]);
  if (loader.modules.length === 0) return rows;
  return [...rows, ["modules", loader.modules.map(visible).join(", ")]];
}
