/**
 * A guest that is started without firmware and loader: what is loaded is found out from its disk as it will be, when the run is planned,
 * and put into one file when it is staged.
 */
import { LaneError } from "../../../base/errors.js";
import { formatBytes } from "../../../base/units.js";
import { readElf } from "../../../binary/elf.js";
import { moduleMetadata } from "../../../binary/module-metadata.js";
import type { FileSystem } from "../../../disk/ufs2/file-system.js";
import { windowedSource } from "../../../binary/windowed-source.js";
import { openFile } from "../../../disk/ufs2/content.js";
import { requireInode } from "../../../disk/ufs2/lookup.js";
import type { DirectStart } from "../../guest.js";
import { guestFiles } from "../guest-files.js";
import type { LoaderSettings } from "../loader-settings.js";
import { bootFile, emptyBootFile, type BootFile } from "./boot-file.js";
import { filesToLoad } from "./files-to-load.js";
import { bootVariables } from "./variables.js";

/**
 * @param fs the root of the disk as it will be
 * @param settings what its loader would be told
 * @param kernel the kernel's path in the guest
 * @param path of the file that is made
 * @param smbios what the loader would find out of the machine
 * @returns or, as a clause, why only the loader can start it
 */
export function planDirectStart(
  fs: FileSystem,
  settings: LoaderSettings,
  kernel: string,
  path: string,
  smbios: Readonly<Record<string, string>> = {},
): DirectStart | string {
  const code = settings.doubts.find(({ isCode }) => isCode);
  if (code !== undefined) return `${code.place} ${code.what}`;
  if (kernel.endsWith(".gz")) return `${kernel} is compressed, and the loader unpacks it`;
  const guest = guestFiles(fs);
  const variables = bootVariables(settings.assignments, kernel, guest, smbios);
  if (!variables.has("vfs.root.mountfrom"))
    return "neither /etc/fstab nor a loader file names the root";
  const parts = () =>
    moduleMetadata(readElf(windowedSource(openFile(fs, requireInode(fs, kernel))))!);
  const files = filesToLoad(variables, parts, guest);
  if (typeof files === "string") return files;
  return { path, kernel, files, variables: Object.fromEntries(variables) };
}

/** Of a kernel's own structures; one that has less does not come as far as its console. */
const LEAST_FREE_BYTES = 16 * 1024 ** 2;

/** @throws LaneError `memory-too-small` (usage), `module-not-a-module`, `elf-damaged`, `ufs2-damaged` (image) */
export function directStartFile(fs: FileSystem, start: DirectStart, memoryMiB: number): Uint8Array {
  const { bytes, endAddress } = fileOf(fs, start);
  const neededMiB = Math.ceil((endAddress + LEAST_FREE_BYTES) / 1024 ** 2);
  if (neededMiB <= memoryMiB) return bytes;
  throw new LaneError(
    "memory-too-small",
    `${start.kernel}, with what is loaded with it, ends at ${formatBytes(endAddress)} of memory: the machine has ${memoryMiB} MiB, expected at least ${neededMiB} MiB`,
    { facts: { kernel: start.kernel, memoryMiB, neededMiB } },
  );
}

function fileOf(fs: FileSystem, start: DirectStart): BootFile {
  const load = (path: string) => ({
    path,
    file: openFile(fs, requireInode(fs, path), { name: path }),
  });
  if (start.kernel === undefined) return emptyBootFile();
  return bootFile({
    kernel: load(start.kernel),
    files: start.files.map(({ path, type }) => ({ ...load(path), ...(type ? { type } : {}) })),
    variables: new Map(Object.entries(start.variables)),
  });
}
