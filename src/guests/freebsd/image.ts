/**
 * A FreeBSD guest's disk image, opened for looking: its root file system and what is in it.
 *
 * Nothing is written, and an unclean file system can be looked at; `require-writable.ts` refuses to plan edits of it.
 */
import type { RootPartition } from "../../disk/disk-root.js";
import { openImage, type ImageDisk } from "../../disk/open-image.js";
import type { FileSystem } from "../../disk/ufs2/file-system.js";
import { guestFiles, type GuestFiles } from "./guest-files.js";
import { chooseRoot } from "./root.js";

export interface FreebsdImage extends GuestFiles, Disposable {
  readonly path: string;
  /** What the file is; a qcow2 file is read through its chain of backing files. */
  readonly format: "raw" | "qcow2";
  readonly disk: ImageDisk;
  /** The partition that is booted. */
  readonly root: RootPartition;
  /** Why it is that one: `marked bootme`. */
  readonly rootWhy: string;
  readonly fs: FileSystem;
  /** Sentences about what was found wrong and worked around, such as one bad GPT header. */
  readonly warnings: readonly string[];
}

/**
 * @param wantedRoot the number or label of the partition to take for the root; as the image's boot code chooses if absent
 * @throws LaneError (image): those of `openImage` and `chooseRoot`
 * @example
 * using image = openFreebsdImage("FreeBSD-15.0-STABLE-amd64-ufs.raw");
 * findSlots(image).map(({ name }) => name); // ["kernel"]
 */
export function openFreebsdImage(path: string, wantedRoot?: string): FreebsdImage {
  const disk = openImage(path);
  try {
    const { root, fs, why } = chooseRoot(disk, wantedRoot);
    return {
      path,
      format: disk.format,
      disk,
      root,
      rootWhy: why,
      fs,
      warnings: root.table.warnings,
      ...guestFiles(fs),
      [Symbol.dispose]: () => disk[Symbol.dispose](),
    };
  } catch (error) {
    disk[Symbol.dispose]();
    throw error;
  }
}
