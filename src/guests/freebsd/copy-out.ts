/**
 * Files of a guest, copied to the host with their permissions and times. Owners and set-id bits stay behind: on the host
 * they would mean somebody else. Nothing on the host is overwritten.
 *
 * The image is not trusted: a name that could lead out of the folder is refused, and since each file and folder is made
 * new, none can be reached through a link that was copied before it.
 */
import {
  chmodSync,
  closeSync,
  fchmodSync,
  ftruncateSync,
  futimesSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { basename, join } from "node:path";
import { LaneError, messageOf, systemCodeOf } from "../../base/errors.js";
import { visible } from "../../console/visible.js";
import { entriesOf } from "../../disk/ufs2/directory.js";
import { damaged, type FileSystem } from "../../disk/ufs2/file-system.js";
import { readInode, typeOfMode, type Inode } from "../../disk/ufs2/inode.js";
import { readChunks, readLink } from "../../disk/ufs2/content.js";
import type { FreebsdImage } from "./image.js";
import { requirePath } from "./guest-path.js";

export interface Copied {
  /** What was made on the host. */
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
  /** Devices, sockets and pipes, which cannot be copied. */
  readonly skipped: readonly string[];
}

/** FreeBSD's own limit on a path is 1024 characters. */
const MAX_DEPTH = 512;
const ZEROS = Buffer.alloc(64 * 1024);

/**
 * Copies a file, or a directory with all that is in it.
 *
 * @param from in the guest; a symbolic link there is followed, those below it are copied as links
 * @param to a new name, or a folder that is there, into which it is copied under its own name
 * @throws LaneError `copy-exists` (usage), `copy-failed` (host), `guest-path-not-found`, `guest-file-too-large`,
 *   `ufs2-damaged` (image)
 * @example copyOut(image, "/boot/kernel/kernel", "stock-kernel").bytes
 */
export function copyOut(image: FreebsdImage, from: string, to: string): Copied {
  const inode = requirePath(image, from, true);
  const found = withCopyErrors(to, () => statSync(to, { throwIfNoEntry: false }));
  const path = found?.isDirectory() ? join(to, basename(from) || "root") : to;
  const copy: Copy = { fs: image.fs, seen: new Set(), files: 0, bytes: 0, skipped: [] };
  const isNew = lstatSync(path, { throwIfNoEntry: false }) === undefined;
  try {
    copyAny(copy, inode, from, path, 0);
  } catch (error) {
    if (isNew) removeHalf(path);
    throw error;
  }
  return { path, files: copy.files, bytes: copy.bytes, skipped: copy.skipped };
}

/** As far as it can be: directories of the guest's that may not be written have to be removed by hand. */
function removeHalf(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // The error that made it half is the one to tell.
  }
}

interface Copy {
  readonly fs: FileSystem;
  /** The directories on the way: one that is reached twice is damage. */
  readonly seen: Set<number>;
  files: number;
  bytes: number;
  readonly skipped: string[];
}

function copyAny(copy: Copy, inode: Inode, from: string, to: string, depth: number): void {
  const type = typeOfMode(inode.mode);
  if (type === "file") copyFile(copy, inode, to);
  else if (type === "directory") copyDirectory(copy, inode, from, to, depth);
  else if (type === "symlink") copyLink(copy, inode, to);
  else copy.skipped.push(from);
}

function copyLink({ fs }: Copy, inode: Inode, to: string): void {
  const target = readLink(fs, inode);
  withCopyErrors(to, () => {
    symlinkSync(target, to);
    lutimesSync(to, ...timesOf(inode));
  });
}

function copyFile(copy: Copy, inode: Inode, to: string): void {
  const file = withCopyErrors(to, () => openSync(to, "wx", 0o600));
  try {
    let atBytes = 0;
    for (const chunk of readChunks(copy.fs, inode)) {
      // What is zeros becomes a hole, as it mostly is in the guest.
      if (!isZeros(chunk)) withCopyErrors(to, () => writeFully(file, chunk, atBytes));
      atBytes += chunk.length;
    }
    withCopyErrors(to, () => {
      ftruncateSync(file, atBytes);
      futimesSync(file, ...timesOf(inode));
      fchmodSync(file, inode.mode & 0o777);
    });
    copy.files += 1;
    copy.bytes += atBytes;
  } finally {
    closeSync(file);
  }
}

function copyDirectory(copy: Copy, inode: Inode, from: string, to: string, depth: number): void {
  if (copy.seen.has(inode.number) || depth > MAX_DEPTH)
    throw damaged(copy.fs, `a directory that is in itself, inode ${inode.number}`);
  copy.seen.add(inode.number);
  withCopyErrors(to, () => mkdirSync(to, 0o700));
  for (const { name, inode: number } of entriesOf(copy.fs, inode)) {
    if (/[/\0]/.test(name))
      throw damaged(copy.fs, `a slash or a NUL in a name of inode ${inode.number}`);
    copyAny(
      copy,
      readInode(copy.fs, number),
      `${from.replace(/\/+$/, "")}/${name}`,
      join(to, name),
      depth + 1,
    );
  }
  withCopyErrors(to, () => {
    utimesSync(to, ...timesOf(inode));
    chmodSync(to, inode.mode & 0o777);
  });
}

function writeFully(file: number, bytes: Uint8Array, atBytes: number): void {
  for (let done = 0; done < bytes.length;)
    done += writeSync(file, bytes, done, bytes.length - done, atBytes + done);
}

function isZeros(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const piece = bytes.subarray(at, at + ZEROS.length);
    if (Buffer.compare(piece, ZEROS.subarray(0, piece.length)) !== 0) return false;
  }
  return true;
}

/** Of access and modification, in seconds; what no host's calendar has becomes the epoch. */
function timesOf({ accessedSeconds, modifiedSeconds }: Inode): [number, number] {
  const known = (seconds: number): number => (Math.abs(seconds) < 2 ** 33 ? seconds : 0);
  return [known(accessedSeconds), known(modifiedSeconds)];
}

function withCopyErrors<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const exists = systemCodeOf(error) === "EEXIST";
    throw new LaneError(
      exists ? "copy-exists" : "copy-failed",
      exists
        ? `${visible(path)} exists, and is left as it is`
        : `${visible(path)} could not be written: ${visible(messageOf(error))}`,
      {
        hint: exists
          ? "name a new file or folder"
          : "check the folder, its permissions and its disk",
        facts: { path },
        cause: error,
      },
    );
  }
}
