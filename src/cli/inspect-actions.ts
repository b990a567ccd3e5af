/**
 * What `kernlane inspect` does, apart from its command line: loaded only when it is asked for.
 */
import { visible } from "../console/visible.js";
import { entriesOf } from "../disk/ufs2/directory.js";
import type { FileSystem } from "../disk/ufs2/file-system.js";
import { readInode, typeOfMode, type Inode } from "../disk/ufs2/inode.js";
import { notA } from "../disk/ufs2/lookup.js";
import { readChunks, readLink } from "../disk/ufs2/read-file.js";
import { copyOut } from "../guests/freebsd/copy-out.js";
import { openFreebsdImage } from "../guests/freebsd/image.js";
import { overviewOf } from "../guests/freebsd/overview.js";
import { requirePath } from "../guests/freebsd/guest-path.js";
import { formatImage } from "../report/inspect-text.js";
import { formatListing, type ListedName } from "../report/listing.js";
import { styleFor, wantsColours } from "../report/style.js";
import { formatBytes } from "../base/units.js";
import { writeOut } from "./output.js";

export async function showImage(path: string, json: boolean): Promise<void> {
  using image = openFreebsdImage(path);
  const overview = overviewOf(image);
  const text = json
    ? `${JSON.stringify(overview, undefined, 2)}\n`
    : formatImage(overview, styleFor(wantsColours(process.stdout)));
  await writeOut([text]);
}

/** A directory's names in order, or the one name of anything else, as it is: links are followed to directories only. */
export async function showNames(imagePath: string, path: string, long: boolean): Promise<void> {
  using image = openFreebsdImage(imagePath);
  const { fs } = image;
  const inode = requirePath(image, path, false);
  const target = typeOfMode(inode.mode) === "symlink" ? requirePath(image, path, !long) : inode;
  const names =
    typeOfMode(target.mode) === "directory"
      ? entriesOf(fs, target).map((entry) => listed(fs, entry.name, readInode(fs, entry.inode)))
      : [listed(fs, path, target)];
  const sorted = [...names].sort((a, b) => (a.name < b.name ? -1 : 1));
  await writeOut([formatListing(sorted, long)]);
}

function listed(fs: FileSystem, name: string, inode: Inode): ListedName {
  const type = typeOfMode(inode.mode);
  const { mode, links, uid, gid, sizeBytes, modifiedSeconds } = inode;
  const target = type === "symlink" ? readLink(fs, inode) : undefined;
  return { name, type, mode, links, uid, gid, sizeBytes, modifiedSeconds, target };
}

/** The bytes as they are; on a terminal line by line, with what would steer it made visible. */
export async function showFile(imagePath: string, path: string): Promise<void> {
  using image = openFreebsdImage(imagePath);
  const inode = requirePath(image, path, true);
  if (typeOfMode(inode.mode) !== "file") throw notA(image.fs, path, "regular file");
  const chunks = readChunks(image.fs, inode);
  await writeOut(process.stdout.isTTY ? visibleLines(chunks) : chunks);
}

/** A line that is longer is shown in pieces: a file of one line should not be held as a whole. */
const PIECE_CHARACTERS = 16 * 1024;

function* visibleLines(chunks: Iterable<Uint8Array>): Generator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield `${visible(line)}\n`;
    if (rest.length > PIECE_CHARACTERS) {
      yield visible(rest);
      rest = "";
    }
  }
  rest += decoder.decode();
  if (rest !== "") yield `${visible(rest)}\n`;
}

export function copyFiles(imagePath: string, from: string, to: string): void {
  using image = openFreebsdImage(imagePath);
  const { path, files, bytes, skipped } = copyOut(image, from, to);
  for (const one of skipped)
    process.stderr.write(`skipped ${visible(one)}: neither a file, a folder nor a link\n`);
  const count = files === 1 ? "1 file" : `${files} files`;
  process.stdout.write(`${path}: ${count}, ${formatBytes(bytes)}\n`);
}
