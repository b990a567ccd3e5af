/**
 * A FreeBSD image for a person at a terminal. Pure; the image's own words come in visible form only.
 */
import { formatBytes } from "../base/units.js";
import { visible } from "../console/visible.js";
import type { Style } from "./style.js";
import { formatTable } from "./table.js";

/** The part of an overview that is shown. */
export interface ShownImage {
  readonly path: string;
  readonly format: string;
  readonly sizeBytes: number;
  readonly scheme: string;
  readonly partitions: readonly {
    readonly number: number;
    readonly type: string;
    readonly label: string;
    readonly offsetBytes: number;
    readonly sizeBytes: number;
    readonly isRoot: boolean;
  }[];
  readonly fileSystem: {
    readonly volumeName: string;
    readonly sizeBytes: number;
    readonly blockBytes: number;
    readonly fragmentBytes: number;
    readonly freeBytes: number;
    readonly freeInodes: number;
    readonly softUpdates: boolean;
    readonly journal: boolean;
    readonly checkHashes: readonly string[];
    readonly clean: boolean;
  };
  readonly userland: string | null;
  readonly kernels: readonly {
    readonly name: string;
    readonly sizeBytes: number;
    readonly ident: string | null;
    readonly version: string | null;
    readonly trouble: string | null;
  }[];
  readonly loader: {
    readonly kind: string;
    readonly readsConfDir: boolean;
    readonly settings: readonly {
      readonly name: string;
      readonly value: string;
      readonly file: string;
      readonly line: number;
    }[];
    readonly modules: readonly string[];
  };
  readonly warnings: readonly string[];
}

export function formatImage(image: ShownImage, style: Style): string {
  const { loader } = image;
  const lines = [
    style.bold(visible(image.path)),
    `  format       ${image.format}, ${formatBytes(image.sizeBytes)}`,
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

function partitionRows({ scheme, partitions }: ShownImage): readonly (readonly string[])[] {
  if (partitions.length === 0) return [["none: the file system is the whole disk"]];
  return partitions.map(({ number, type, label, offsetBytes, sizeBytes, isRoot }) => [
    `${scheme} ${number}`,
    type,
    visible(label),
    formatBytes(sizeBytes),
    `at byte ${offsetBytes}`,
    isRoot ? "the root" : "",
  ]);
}

function fileSystemRows({ fileSystem: fs }: ShownImage): readonly (readonly string[])[] {
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

function kernelRows({ kernels }: ShownImage): readonly (readonly string[])[] {
  return kernels.map(({ name, ident, version, sizeBytes, trouble }) => [
    visible(name),
    visible(ident ?? "?"),
    formatBytes(sizeBytes),
    // The second line of a version says who built it where.
    visible(version?.split("\n")[0] ?? trouble ?? ""),
  ]);
}

function settingRows({ loader }: ShownImage): readonly (readonly string[])[] {
  const rows = loader.settings.map(({ name, value, file, line }) => [
    `${visible(file)}:${line}`,
    `${visible(name)}="${visible(value)}"`,
  ]);
  if (loader.modules.length === 0) return rows;
  return [...rows, ["modules", loader.modules.map(visible).join(", ")]];
}
