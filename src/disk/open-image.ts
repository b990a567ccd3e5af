/**
 * A disk image in a file, raw or qcow2, as the disk that a guest sees: with its chain of backing files, all opened for
 * reading only.
 */
import { realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { LaneError } from "../base/errors.js";
import { openFileDisk } from "./disk-file.js";
import { recogniseImage } from "./disk-image.js";
import type { Disk } from "./disk.js";
import { readQcow2Header } from "./qcow2/header.js";
import { qcow2Disk } from "./qcow2/qcow2-disk.js";

export interface ImageDisk extends Disk, Disposable {
  readonly path: string;
  /** What the file itself is; anything but qcow2 is taken as raw and left for its reader to refuse. */
  readonly format: "raw" | "qcow2";
}

/** More overlays on each other than anyone keeps; a chain that is longer runs in a circle. */
const MAX_CHAIN = 64;

/**
 * @throws LaneError `image-not-found`, `image-unreadable`, `image-not-a-file`, `qcow2-damaged`, `qcow2-not-clean`,
 *   `qcow2-unsupported`, `image-chain` (image)
 * @example
 * using disk = openImage("FreeBSD-15.0-RELEASE-amd64-ufs.qcow2");
 * findRoot(disk);
 */
export function openImage(path: string): ImageDisk {
  return openLink(path, undefined, []);
}

/** @param format what the overlay's header says of this file; found out by its magic if that says nothing */
function openLink(path: string, format: string | undefined, above: readonly string[]): ImageDisk {
  const file = openFileDisk(path);
  let backing: ImageDisk | undefined;
  try {
    const name = realpathSync(path);
    if (above.includes(name) || above.length >= MAX_CHAIN) {
      throw badChain(path, `the chain of backing files comes back to it or has ${MAX_CHAIN} links`);
    }
    const found = format ?? (recogniseImage(file) === "qcow2" ? "qcow2" : "raw");
    if (found === "raw") return { ...file, format: found };
    if (found !== "qcow2") throw badChain(path, `it is used as a backing file of format ${found}`);
    const header = readQcow2Header(file);
    if (header.backing !== undefined) {
      const below = resolve(dirname(name), header.backing.path);
      backing = openLink(below, header.backing.format, [...above, name]);
    }
    const disk = qcow2Disk(file, header, backing);
    return {
      ...disk,
      path,
      format: found,
      [Symbol.dispose]() {
        file[Symbol.dispose]();
        backing?.[Symbol.dispose]();
      },
    };
  } catch (error) {
    file[Symbol.dispose]();
    backing?.[Symbol.dispose]();
    throw error;
  }
}

function badChain(path: string, what: string): LaneError {
  return new LaneError("image-chain", `${path} cannot be read: ${what}`, { facts: { path } });
}
