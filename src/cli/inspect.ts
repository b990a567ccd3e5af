/**
 * `kernlane inspect`: what is in a FreeBSD image, without mounting it and without being root.
 */
import { Argument, Command } from "commander";
import { LaneError } from "../base/errors.js";
import type { ListedName } from "../report/listing.js";
import { note, print, printChunks, printJson } from "./output.js";

interface Flags {
  readonly long?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
  kernlane inspect IMAGE                            partitions, file system, kernels, loader settings
  kernlane inspect IMAGE ls -l /boot                the names in a directory
  kernlane inspect IMAGE cat /etc/rc.conf           a file's bytes on stdout
  kernlane inspect IMAGE cp /boot/kernel ./stock    a file or a directory, to a new name or into a folder
`;

export function inspectCommand(): Command {
  return new Command("inspect")
    .description("look into a FreeBSD disk image; nothing is mounted and nothing is written to it")
    .argument("<image>", "a raw or qcow2 image")
    .addArgument(
      new Argument("[action]", "what to do instead of the overview").choices(["ls", "cat", "cp"]),
    )
    .argument("[path]", "in the image (ls: / if absent)")
    .argument(
      "[to]",
      "on this host, for cp; permissions and times are kept, owners and set-id bits are not",
    )
    .option("-l, --long", "with ls: mode, links, owner, size, time (UTC)")
    .option("--json", "print the overview as one JSON document")
    .addHelpText("after", EXAMPLES)
    .action(inspect);
}

async function inspect(
  image: string,
  action: string | undefined,
  path: string | undefined,
  to: string | undefined,
  flags: Flags,
): Promise<void> {
  if (flags.json && action !== undefined) throw misuse(`--json has no effect with ${action}`);
  if (flags.long && action !== "ls") throw misuse("--long has an effect with ls only");
  if (to !== undefined && action !== "cp") throw misuse(`${action ?? "inspect"} takes no "${to}"`);
  if (action === undefined) return printOverview(image, flags.json === true);
  if (action === "ls") return printNames(image, path ?? "/", flags.long === true);
  if (path === undefined) throw misuse(`${action} needs the path of a file in the image`);
  if (action === "cat") return printFile(image, path);
  if (to === undefined) throw misuse("cp needs a name on this host to copy to");
  return copyFiles(image, path, to);
}

function misuse(message: string): LaneError {
  return new LaneError("inspect-misused", message);
}

async function printOverview(path: string, json: boolean): Promise<void> {
  const { openFreebsdImage } = await import("../guests/freebsd/image.js");
  const { overviewOf } = await import("../guests/freebsd/overview.js");
  const { formatImage } = await import("../report/inspect-text.js");
  const { styleFor, wantsColours } = await import("../report/style.js");
  using image = openFreebsdImage(path);
  const overview = overviewOf(image);
  if (json) printJson(overview);
  else print(formatImage(overview, styleFor(wantsColours(process.stdout))));
}

/** A directory's names in order, or the one name of anything else, as it is: links are followed to directories only. */
async function printNames(imagePath: string, path: string, long: boolean): Promise<void> {
  const { openFreebsdImage } = await import("../guests/freebsd/image.js");
  const { requirePath } = await import("../guests/freebsd/guest-path.js");
  const { entriesOf } = await import("../disk/ufs2/directory.js");
  const { readInode, typeOfMode } = await import("../disk/ufs2/inode.js");
  const { readLink } = await import("../disk/ufs2/content.js");
  const { formatListing } = await import("../report/listing.js");
  using image = openFreebsdImage(imagePath);
  const { fs } = image;
  const listed = (name: string, inode: ReturnType<typeof readInode>): ListedName => {
    const type = typeOfMode(inode.mode);
    const target = type === "symlink" ? readLink(fs, inode) : undefined;
    return { ...inode, name, type, target };
  };
  const inode = requirePath(image, path, false);
  const target = typeOfMode(inode.mode) === "symlink" ? requirePath(image, path, !long) : inode;
  const names =
    typeOfMode(target.mode) === "directory"
      ? entriesOf(fs, target).map((entry) => listed(entry.name, readInode(fs, entry.inode)))
      : [listed(path, target)];
  const sorted = [...names].sort((a, b) => (a.name < b.name ? -1 : 1));
  await printChunks([formatListing(sorted, long)]);
}

/** The bytes as they are; on a terminal line by line, with what would steer it made visible. */
async function printFile(imagePath: string, path: string): Promise<void> {
  const { openFreebsdImage } = await import("../guests/freebsd/image.js");
  const { requirePath } = await import("../guests/freebsd/guest-path.js");
  const { typeOfMode } = await import("../disk/ufs2/inode.js");
  const { notA } = await import("../disk/ufs2/lookup.js");
  const { readChunks } = await import("../disk/ufs2/content.js");
  const { visible } = await import("../console/visible.js");
  using image = openFreebsdImage(imagePath);
  const inode = requirePath(image, path, true);
  if (typeOfMode(inode.mode) !== "file") throw notA(image.fs, path, "regular file");
  const chunks = readChunks(image.fs, inode);
  await printChunks(process.stdout.isTTY ? visibleLines(chunks, visible) : chunks);
}

/** A line that is longer is shown in pieces: a file of one line should not be held as a whole. */
const PIECE_CHARACTERS = 16 * 1024;

function* visibleLines(
  chunks: Iterable<Uint8Array>,
  visible: (text: string) => string,
): Generator<string> {
  const decoder = new TextDecoder();
  let unfinished = "";
  for (const chunk of chunks) {
    const lines = (unfinished + decoder.decode(chunk, { stream: true })).split("\n");
    unfinished = lines.pop()!;
    for (const line of lines) yield `${visible(line)}\n`;
    if (unfinished.length > PIECE_CHARACTERS) {
      yield visible(unfinished);
      unfinished = "";
    }
  }
  unfinished += decoder.decode();
  if (unfinished !== "") yield `${visible(unfinished)}\n`;
}

async function copyFiles(imagePath: string, from: string, to: string): Promise<void> {
  const { openFreebsdImage } = await import("../guests/freebsd/image.js");
  const { copyOut } = await import("../guests/freebsd/copy-out.js");
  const { formatBytes } = await import("../base/units.js");
  const { visible } = await import("../console/visible.js");
  using image = openFreebsdImage(imagePath);
  const { path, files, bytes, skipped } = copyOut(image, from, to);
  for (const one of skipped)
    note(`skipped ${visible(one)}: neither a file, a directory nor a link`);
  print(`${path}: ${files === 1 ? "1 file" : `${files} files`}, ${formatBytes(bytes)}\n`);
}
