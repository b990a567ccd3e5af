/**
 * From the disk of a kernel that died to files that a debugger opens, as savecore(8) of the next boot would leave them: `vmcore.0` and
 * `info.0`. There is no next boot.
 */
import { writeFileSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { formatBytes } from "../../../base/units.js";
import { openFileSource, type FileSource } from "../../../disk/file-source.js";
import { diskError, withDiskErrors } from "../../../host/disk-errors.js";
import { requireSpace } from "../../../host/free-space.js";
import { openHold } from "../../../host/ledger.js";
import { placeFile } from "../../../host/place-file.js";
import { copySparse } from "../../../host/sparse-copy.js";
import type { DumpDisk, KeptDump } from "../../guest.js";
import { findDump, type FoundDump } from "./dump-header.js";
import { dumpInfo } from "./dump-info.js";
import { contentOf, type DumpContent } from "./minidump.js";
import { copyTextDump } from "./text-dump.js";

const ARCHITECTURE = "amd64";
/** The unit in which stat(2) counts the space that a file takes. */
const STAT_BLOCK_BYTES = 512;

/** See {@link Guest.keepDump}. */
export async function keepDump(
  disk: DumpDisk,
  folder: string,
  signal: AbortSignal,
): Promise<KeptDump> {
  using source = openFileSource(disk.path);
  const found = findDump(source, ARCHITECTURE);
  if (!found.ok)
    return nothingKept(
      found.hasHeader ? `the kernel's dump cannot be used: ${found.why}` : whyNone(disk),
    );
  const content = contentOfDump(source, found);
  const path = await writeDump(disk, folder, found, signal);
  const info = join(folder, "info.0");
  withDiskErrors(info, () => writeFileSync(info, dumpInfo(found), { mode: 0o600, flag: "wx" }));
  const { wrong } = content;
  return {
    path,
    sizeBytes: found.lengthBytes,
    isComplete: wrong === undefined,
    how: `written by the kernel: ${content.what}${packedAs(found)}`,
    ...(wrong === undefined ? {} : { problem: `the kernel's dump is damaged: ${wrong}` }),
  };
}

/** Its headers are what a kernel writes last. */
function whyNone({ path }: DumpDisk): string {
  const writtenBytes = statSync(path).blocks * STAT_BLOCK_BYTES;
  return writtenBytes === 0
    ? "the kernel has written no dump"
    : `the kernel's dump was cut off: ${formatBytes(writtenBytes)} were written, and not its headers, which come last`;
}

function nothingKept(problem: string): KeptDump {
  return { sizeBytes: 0, isComplete: false, how: "written by the kernel", problem };
}

const PACKED_BEGIN = { gzip: "1f8b", zstd: "28b52ffd" } as const;

function contentOfDump(source: FileSource, found: FoundDump): DumpContent {
  const { kind, compression, offsetBytes } = found;
  if (kind === "text") return { what: "a text dump" };
  // As long is a block, and a dump has one at least.
  const start = source.read(offsetBytes, 512);
  if (compression === "none") return contentOf(start, found.lengthBytes);
  const begin = PACKED_BEGIN[compression];
  const isPacked = Buffer.from(start).toString("hex").startsWith(begin);
  return isPacked ? { what: "memory" } : { what: "memory", wrong: `it is no ${compression} file` };
}

function packedAs({ compression }: FoundDump): string {
  return compression === "none" ? "" : `, packed with ${compression}`;
}

const ENDINGS = { none: "", gzip: ".gz", zstd: ".zst" } as const;

/** Whole, or not at all: it gets its name when it is there. */
async function writeDump(
  disk: DumpDisk,
  folder: string,
  { kind, compression, offsetBytes, lengthBytes }: FoundDump,
  signal: AbortSignal,
): Promise<string> {
  const name = kind === "text" ? "textdump.tar.0" : `vmcore.0${ENDINGS[compression]}`;
  const path = join(folder, name);
  requireSpace({
    ...{ folder, neededBytes: lengthBytes, why: `for ${name}` },
    hint: "free space there, or name another place with --out",
  });
  const draft = `${path}.${randomUUID()}`;
  const hold = await openHold(`the dump ${path}`, [draft]);
  try {
    await using from = await open(disk.path);
    const copy = kind === "text" ? copyTextDump : copySparse;
    await copy(from, draft, { offsetBytes, lengthBytes }, signal);
    placeFile(draft, path);
    return path;
  } catch (error) {
    signal.throwIfAborted();
    throw diskError(path, error);
  } finally {
    await hold[Symbol.asyncDispose]();
  }
}
