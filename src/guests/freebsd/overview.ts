/**
 * What a FreeBSD image is, in one value: what `kernlane inspect` shows and prints as JSON.
 */
import { LaneError } from "../../base/errors.js";
import { requireWritable } from "../../disk/ufs2/require-writable.js";
import { FLAG } from "../../disk/ufs2/superblock.js";
import { bootOfDisk } from "../disk-boot.js";
import type { FreebsdImage } from "./image.js";
import { findSlots, type KernelSlot } from "./slots.js";
import { userlandVersion } from "./userland.js";
import { loaderWarnings } from "./loader-warnings.js";
import {
  effectiveSetting,
  readLoaderSettings,
  type LoaderAssignment,
  type LoaderSettings,
} from "./loader-settings.js";

export interface ImageOverview {
  readonly path: string;
  readonly format: "raw" | "qcow2";
  readonly sizeBytes: number;
  readonly sectorBytes: number;
  /** `none` where the file system is the whole disk. */
  readonly scheme: string;
  readonly partitions: readonly PartitionOverview[];
  /** Why the root is the one that it is. */
  readonly rootWhy: string;
  readonly fileSystem: FileSystemOverview;
  /** The release of the userland, or null where the image does not say. */
  readonly userland: string | null;
  readonly kernels: readonly KernelOverview[];
  readonly loader: {
    readonly kind: LoaderSettings["loader"]["kind"];
    readonly readsConfDir: boolean;
    readonly files: readonly string[];
    /** Those that decide on the kernel, the console and the wait before it boots, with the file and line that count. */
    readonly settings: readonly LoaderAssignment[];
    /** Modules that the image loads beyond the loader's defaults. */
    readonly modules: readonly string[];
  };
  /** Sentences about what may surprise. */
  readonly warnings: readonly string[];
}

interface PartitionOverview {
  readonly number: number;
  readonly type: string;
  readonly label: string;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly isRoot: boolean;
}

interface FileSystemOverview {
  readonly type: "ufs2";
  readonly volumeName: string;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly blockBytes: number;
  readonly fragmentBytes: number;
  readonly freeBytes: number;
  readonly freeInodes: number;
  readonly softUpdates: boolean;
  readonly journal: boolean;
  /** The kinds of metadata that carry check-hashes. */
  readonly checkHashes: readonly string[];
  readonly clean: boolean;
}

interface KernelOverview {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly ident: string | null;
  readonly release: string | null;
  readonly version: string | null;
  readonly osreldate: number | null;
  readonly options: readonly string[] | null;
  /** Why it could not be identified. */
  readonly trouble: string | null;
}

const SHOWN_SETTINGS = [
  "kernel",
  "bootfile",
  "kernel_options",
  "module_path",
  "console",
  "boot_serial",
  "boot_multicons",
  "comconsole_speed",
  "comconsole_port",
  "hw.uart.console",
  "autoboot_delay",
  "beastie_disable",
  "loader_delay",
  "boot_verbose",
  "boot_single",
  "boot_ddb",
  "init_path",
  "init_script",
  "vfs.root.mountfrom",
  "nextboot_enable",
];

/**
 * @throws LaneError (image): those of `findSlots` and `readLoaderSettings`
 * @example overviewOf(openFreebsdImage("guest.raw")).kernels[0]?.ident // "GENERIC"
 */
export function overviewOf(image: FreebsdImage): ImageOverview {
  const settings = readLoaderSettings(image);
  const slots = findSlots(image);
  const { root } = image;
  return {
    path: image.path,
    format: image.format,
    sizeBytes: image.disk.sizeBytes,
    sectorBytes: image.disk.sectorBytes,
    scheme: root.table.scheme,
    partitions: root.table.partitions.map(({ number, type, label, offsetBytes, sizeBytes }) => {
      return { number, type, label, offsetBytes, sizeBytes, isRoot: number === root.number };
    }),
    rootWhy: image.rootWhy,
    fileSystem: fileSystemOf(image),
    userland: userlandVersion(image) ?? null,
    kernels: slots.map(kernelOf),
    loader: {
      kind: settings.loader.kind,
      readsConfDir: settings.readsConfDir,
      files: settings.files,
      settings: SHOWN_SETTINGS.flatMap((name) => effectiveSetting(settings, name) ?? []),
      modules: modulesOf(settings),
    },
    warnings: [
      ...image.warnings,
      ...refusalOf(() => requireWritable(image.fs), "nothing can be staged here"),
      ...refusalOf(
        () => bootOfDisk(image.disk, { needsBootCode: true }),
        "nothing can be booted here",
      ),
      ...loaderWarnings(
        settings,
        slots.map(({ name }) => name),
      ),
    ],
  };
}

function fileSystemOf({ fs }: FreebsdImage): FileSystemOverview {
  const { superblock: sb, hashes } = fs;
  return {
    type: "ufs2",
    volumeName: sb.volumeName,
    offsetBytes: fs.offsetBytes,
    sizeBytes: sb.sizeFragments * sb.fragmentBytes,
    blockBytes: sb.blockBytes,
    fragmentBytes: sb.fragmentBytes,
    freeBytes: sb.freeBlocks * sb.blockBytes + sb.freeFragments * sb.fragmentBytes,
    freeInodes: sb.freeInodes,
    softUpdates: (sb.flags & FLAG.softUpdates) !== 0,
    journal: (sb.flags & FLAG.journaledSoftUpdates) !== 0,
    checkHashes: Object.entries(hashes).flatMap(([kind, kept]) => (kept ? [kind] : [])),
    clean: sb.clean === 1 && (sb.flags & (FLAG.unclean | FLAG.needsFsck)) === 0,
  };
}

function kernelOf({ name, path, sizeBytes, kernel, trouble }: KernelSlot): KernelOverview {
  return {
    name,
    path,
    sizeBytes,
    ident: kernel?.ident ?? null,
    release: kernel?.release ?? null,
    version: kernel?.version ?? null,
    osreldate: kernel?.osreldate ?? null,
    options: kernel?.options ?? null,
    trouble: trouble ?? null,
  };
}

function modulesOf(settings: LoaderSettings): readonly string[] {
  const names = new Set(
    settings.assignments
      .filter(({ name, file }) => name.endsWith("_load") && !file.startsWith("/boot/defaults/"))
      .map(({ name }) => name),
  );
  return [...names]
    .filter((name) => effectiveSetting(settings, name)?.value.toLowerCase() === "yes")
    .map((name) => name.slice(0, -"_load".length));
}

/** What staging or booting would say, as a warning: looking is allowed all the same. */
function refusalOf(check: () => unknown, what: string): readonly string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof LaneError)) throw error;
    const hint = error.hint === undefined ? "" : `: ${error.hint}`;
    return [`${what}: ${error.message}${hint}`];
  }
}
