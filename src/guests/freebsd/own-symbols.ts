/**
 * The symbols of an image's own kernel, for a debugger on the host: images carry them under /usr/lib/debug. The kernel itself has names
 * only, and serves where they are missing.
 */
import { basename, join } from "node:path";
import { buildIdOf } from "../../binary/build-id.js";
import { hasLinesIn, readElf, type Elf } from "../../binary/elf.js";
import { openFile } from "../../disk/ufs2/content.js";
import { typeOfMode } from "../../disk/ufs2/inode.js";
import { findInode } from "../../disk/ufs2/lookup.js";
import type { DebugSymbols } from "../debug-symbols.js";
import { copyOut } from "./copy-out.js";
import { openFreebsdImage, type FreebsdImage } from "./image.js";

const DEBUG_FOLDER = "/usr/lib/debug";

export interface OwnSymbols {
  readonly image: string;
  readonly root: string | undefined;
  /** In the guest: `/boot/kernel/kernel`. */
  readonly kernel: string;
  /** Where the copy goes. */
  readonly folder: string;
}

/** @throws LaneError those of `openFreebsdImage` (image) and of `copyOut` (host) */
export function copyOwnSymbols({ image: path, root, kernel, folder }: OwnSymbols): DebugSymbols {
  using image = openFreebsdImage(path, root);
  const places = [`${DEBUG_FOLDER}${kernel}.debug`, kernel];
  const inImage = (name: string): string => `${path}:${name}`;
  const lookedFor = places.map(inImage);
  const wanted = buildIdIn(image, kernel);
  const present = places.filter((name) => elfIn(image, name) !== undefined);
  const isRight = (name: string): boolean =>
    wanted === undefined || buildIdIn(image, name) === wanted;
  const otherBuilds = present.filter((name) => !isRight(name)).map(inImage);
  const found = present.find(isRight);
  if (found === undefined) return { hasLines: false, lookedFor, otherBuilds };
  const copy = copyOut(image, found, join(folder, basename(found)));
  return { path: copy.path, hasLines: hasLinesIn(elfIn(image, found)!), lookedFor, otherBuilds };
}

function buildIdIn(image: FreebsdImage, name: string): string | undefined {
  const elf = elfIn(image, name);
  return elf && buildIdOf(elf);
}

/** `undefined` where there is nothing, or a file of another kind: a kernel may be packed. */
function elfIn(image: FreebsdImage, name: string): Elf | undefined {
  const inode = findInode(image.fs, name);
  if (inode === undefined || typeOfMode(inode.mode) !== "file") return undefined;
  return readElf(openFile(image.fs, inode, { name }));
}
