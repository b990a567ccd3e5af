/**
 * A directory in a draft: its content as it will be, in memory. Names are put where an entry has room to spare, else into
 * a new piece at the end; a name that goes gives its room to the entry before it, as in FreeBSD's ufs_lookup.c.
 */
import {
  entryBytes,
  entryHeader,
  PIECE_BYTES,
  rawEntries,
  readDirectoryContent,
} from "./directory.js";
import { damaged, type FileSystem } from "./file-system.js";
import type { Inode } from "./inode.js";

export interface DraftDirectory {
  readonly number: number;
  content: Uint8Array;
  /** Bytes that were there before; 0 for a new directory. */
  readonly originalBytes: number;
  /** Pieces of the original content that changed, by index. */
  readonly changed: Set<number>;
  /** Where each name's entry is. Names are kept as Latin-1 of their bytes, so that any bytes are a key. */
  readonly names: Map<string, number>;
  readonly why: string;
}

export function loadDirectory(fs: FileSystem, inode: Inode, why: string): DraftDirectory {
  const content = readDirectoryContent(fs, inode);
  const names = new Map<string, number>();
  for (const entry of rawEntries(fs, content)) {
    if (entry.inode !== 0) names.set(Buffer.from(entry.name).toString("latin1"), entry.atBytes);
  }
  if (!names.has(".") || !names.has(".."))
    throw damaged(fs, `a directory without . or .., inode ${inode.number}`);
  return {
    number: inode.number,
    content,
    originalBytes: content.length,
    changed: new Set(),
    names,
    why,
  };
}

/** A directory with nothing in it but itself and its parent. */
export function emptyDirectory(number: number, parent: number, why: string): DraftDirectory {
  const content = new Uint8Array(PIECE_BYTES);
  const first = entryBytes(1);
  const names = new Map([
    [".", 0],
    ["..", first],
  ]);
  writeEntry(content, 0, number, first, DIRECTORY_TYPE, ".");
  writeEntry(content, first, parent, PIECE_BYTES - first, DIRECTORY_TYPE, "..");
  return { number, content, originalBytes: 0, changed: new Set(), names, why };
}

const DIRECTORY_TYPE = 4;

export function findEntry(directory: DraftDirectory, name: string): number | undefined {
  const atBytes = directory.names.get(keyOf(name));
  return atBytes === undefined ? undefined : entryHeader.decode(directory.content, atBytes).inode;
}

/** The names in it, without `.` and `..`, as Latin-1 of their bytes, with their inodes. */
export function entriesIn(
  directory: DraftDirectory,
): readonly { readonly key: string; readonly inode: number }[] {
  return [...directory.names]
    .filter(([key]) => key !== "." && key !== "..")
    .map(([key, atBytes]) => ({
      key,
      inode: entryHeader.decode(directory.content, atBytes).inode,
    }));
}

/** Adds a name that is not there. `type` is that of the entry: the type bits of the inode's mode, >> 12. */
export function addEntry(
  fs: FileSystem,
  directory: DraftDirectory,
  name: string,
  inode: number,
  type: number,
): void {
  const key = keyOf(name);
  const needed = entryBytes(key.length);
  const room = findRoom(fs, directory, needed) ?? growByPiece(directory);
  const { inode: holder, lengthBytes, nameBytes } = entryHeader.decode(directory.content, room);
  const kept = holder === 0 ? 0 : entryBytes(nameBytes);
  if (kept > 0) entryHeader.encodeInto(directory.content, { lengthBytes: kept }, room);
  writeEntry(directory.content, room + kept, inode, lengthBytes - kept, type, key);
  directory.names.set(key, room + kept);
  touch(directory, room);
}

/** Lets a name that is there refer to another inode. */
export function retargetEntry(
  directory: DraftDirectory,
  name: string,
  inode: number,
  type: number,
): void {
  const atBytes = directory.names.get(keyOf(name))!;
  entryHeader.encodeInto(directory.content, { inode, type }, atBytes);
  touch(directory, atBytes);
}

/** Removes an entry by its key. */
export function dropEntry(directory: DraftDirectory, key: string): void {
  const atBytes = directory.names.get(key)!;
  const { lengthBytes } = entryHeader.decode(directory.content, atBytes);
  const before = entryBefore(directory.content, atBytes);
  if (before === undefined) {
    entryHeader.encodeInto(directory.content, { inode: 0 }, atBytes);
  } else {
    const previous = entryHeader.decode(directory.content, before);
    entryHeader.encodeInto(
      directory.content,
      { lengthBytes: previous.lengthBytes + lengthBytes },
      before,
    );
  }
  directory.names.delete(key);
  touch(directory, atBytes);
}

export function keyOf(name: string): string {
  return Buffer.from(name, "utf8").toString("latin1");
}

/** An entry whose room is free or more than its name needs. */
function findRoom(
  fs: FileSystem,
  directory: DraftDirectory,
  neededBytes: number,
): number | undefined {
  for (const entry of rawEntries(fs, directory.content)) {
    const kept = entry.inode === 0 ? 0 : entryBytes(entry.name.length);
    if (entry.lengthBytes - kept >= neededBytes) return entry.atBytes;
  }
  return undefined;
}

/** Adds a piece that is one free entry. */
function growByPiece(directory: DraftDirectory): number {
  const atBytes = directory.content.length;
  const content = new Uint8Array(atBytes + PIECE_BYTES);
  content.set(directory.content);
  entryHeader.encodeInto(content, { lengthBytes: PIECE_BYTES }, atBytes);
  directory.content = content;
  return atBytes;
}

function entryBefore(content: Uint8Array, atBytes: number): number | undefined {
  let previous: number | undefined;
  for (let at = atBytes - (atBytes % PIECE_BYTES); at < atBytes;) {
    previous = at;
    at += entryHeader.decode(content, at).lengthBytes;
  }
  return previous;
}

function writeEntry(
  content: Uint8Array,
  atBytes: number,
  inode: number,
  lengthBytes: number,
  type: number,
  key: string,
): void {
  content.fill(0, atBytes + entryHeader.sizeBytes, atBytes + entryBytes(key.length));
  entryHeader.encodeInto(content, { inode, lengthBytes, type, nameBytes: key.length }, atBytes);
  content.set(Buffer.from(key, "latin1"), atBytes + entryHeader.sizeBytes);
}

function touch(directory: DraftDirectory, atBytes: number): void {
  directory.changed.add(Math.floor(atBytes / PIECE_BYTES));
}
