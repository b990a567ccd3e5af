/**
 * A disk image in a file, raw or qcow2, as the disk that a guest sees: with its chain of backing files, all opened for
 * reading only.
 */
import { realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { LaneError } from "../base/errors.js";
import type { ByteSource } from "../binary/byte-source.js";
import { findSignature } from "../binary/file-signature.js";
import { openFileSource } from "./file-source.js";
import { findSectorBytes, type SectorBytes } from "./gpt/partition-table.js";
import { readQcow2Header } from "./qcow2/header.js";
import { qcow2Disk } from "./qcow2/qcow2-disk.js";

export interface ImageDisk extends ByteSource, Disposable {
  readonly path: string;
  /** What the file itself is; anything but qcow2 is taken as raw and left for its reader to refuse. */
  readonly format: "raw" | "qcow2";
  /** Of a sector of the disk that the partition table was made for: 512 where there is none. */
  readonly sectorBytes: SectorBytes;
}

/** More overlays on each other than anyone keeps. */
const MAX_CHAIN = 64;

/**
 * @throws LaneError `image-not-found`, `image-unreadable`, `image-not-a-file`, `qcow2-damaged`, `qcow2-not-clean`,
 *   `qcow2-unsupported`, `image-chain` (image); one of a backing file names the image that needs it
 * @example
 * using disk = openImage("FreeBSD-15.0-RELEASE-amd64-ufs.qcow2");
 * findRoots(disk)[0];
 */
export function openImage(path: string): ImageDisk {
  return { ...openLink(path, undefined, []), path };
}

/**
 * @param format what the image above says of this file; found out by its signature if that says nothing
 * @param above the real paths of the images that lead here
 */
function openLink(path: string, format: string | undefined, above: readonly string[]): ImageDisk {
  const file = openFileSource(path);
  let backing: ImageDisk | undefined;
  try {
    const real = realpathSync(path);
    if (above.includes(real)) throw badChain(path, "its chain of backing files comes back to it");
    if (above.length >= MAX_CHAIN)
      throw badChain(path, `its chain of backing files is longer than ${MAX_CHAIN}`);
    const found = format ?? (findSignature(file)?.format === "qcow2" ? "qcow2" : "raw");
    if (found === "raw") return { ...file, format: found, sectorBytes: findSectorBytes(file) };
    if (found !== "qcow2") throw badChain(path, `it is used as a backing file of format ${found}`);
    const header = readQcow2Header(file);
    // A staged overlay names the real path of its base, which is what QEMU resolves a relative name against.
    const folder = dirname(above.length === 0 ? real : path);
    if (header.backing !== undefined)
      backing = openBacking(path, folder, header.backing, [...above, real]);
    const disk = qcow2Disk(file, header, backing);
    return {
      ...disk,
      path,
      format: found,
      sectorBytes: findSectorBytes(disk),
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

/** Trouble with a file that nobody named on the command line says which image wants it. */
function openBacking(
  image: string,
  folder: string,
  named: { readonly path: string; readonly format: string | undefined },
  above: readonly string[],
): ImageDisk {
  const name = named.path.replace(/^file:/, "");
  if (/^[A-Za-z][\w+.-]*:/.test(name))
    throw badChain(image, `its backing file ${JSON.stringify(name)} is not a path`);
  try {
    return openLink(resolve(folder, name), named.format, above);
  } catch (error) {
    if (!(error instanceof LaneError) || !OF_THE_FILE.has(error.code)) throw error;
    const relative = name.startsWith("/") ? "" : ` (${JSON.stringify(name)} in its header)`;
    throw new LaneError(
      error.code,
      `${image} needs a backing file that cannot be used${relative}: ${error.message}`,
      {
        hint: `put the backing file there, or name another with: qemu-img rebase -u -F FORMAT -b PATH ${image}`,
        facts: { ...error.facts, image },
        cause: error,
      },
    );
  }
}

const OF_THE_FILE: ReadonlySet<string> = new Set([
  "image-not-found",
  "image-not-a-file",
  "image-unreadable",
]);

function badChain(path: string, what: string): LaneError {
  return new LaneError("image-chain", `${path} cannot be read: ${what}`, { facts: { path } });
}
