/**
 * A directory's content with a name more, another, or one less; each gives the new content. A name goes where an entry has
 * room to spare, else into a new piece at the end; one that is removed gives its room to the entry before it, as in FreeBSD's
 * ufs_lookup.c.
 */
import { entryBytes, entryHeader, PIECE_BYTES, rawEntries, type RawEntry } from "./directory.js";
import { damaged, type FileSystem } from "./file-system.js";

/** What a name refers to. */
export interface NamedInode {
  readonly inode: number;
  /** The type bits of the inode's mode, >> 12. */
  readonly type: number;
}

const DIRECTORY_TYPE = 4;

/** A directory with nothing in it but itself and its parent. */
export function emptyDirectory(number: number, parent: number): Uint8Array {
  const content = new Uint8Array(PIECE_BYTES);
  const first = entryBytes(1);
  const dot = Buffer.from(".");
  const dots = Buffer.from("..");
  writeEntry(content, 0, first, dot, { inode: number, type: DIRECTORY_TYPE });
  writeEntry(content, first, PIECE_BYTES - first, dots, { inode: parent, type: DIRECTORY_TYPE });
  return content;
}

/** Gives a name to an inode; if it referred to another one, it no longer does. */
export function putName(
  fs: FileSystem,
  before: Uint8Array,
  name: string,
  target: NamedInode,
): Uint8Array {
  const bytes = Buffer.from(name, "utf8");
  const entries = [...rawEntries(fs, before)];
  const existing = entryOf(entries, bytes);
  if (existing !== undefined) {
    const content = before.slice();
    entryHeader.encodeInto(content, target, existing.atBytes);
    return content;
  }
  const kept = (entry: RawEntry) => (entry.inode === 0 ? 0 : entryBytes(entry.name.length));
  const room = entries.find((entry) => entry.lengthBytes - kept(entry) >= entryBytes(bytes.length));
  const content = new Uint8Array(before.length + (room === undefined ? PIECE_BYTES : 0));
  content.set(before);
  if (room === undefined) {
    writeEntry(content, before.length, PIECE_BYTES, bytes, target);
    return content;
  }
  const keptBytes = kept(room);
  if (keptBytes > 0) entryHeader.encodeInto(content, { lengthBytes: keptBytes }, room.atBytes);
  writeEntry(content, room.atBytes + keptBytes, room.lengthBytes - keptBytes, bytes, target);
  return content;
}

/** @param name bytes of a name that is in it */
export function removeName(fs: FileSystem, before: Uint8Array, name: Uint8Array): Uint8Array {
  const content = before.slice();
  const entries = [...rawEntries(fs, before)];
  const entry = entryOf(entries, name);
  if (entry === undefined) throw damaged(fs, "a directory that lost a name");
  const previous = entries[entries.indexOf(entry) - 1];
  const isFirst = entry.atBytes % PIECE_BYTES === 0;
  if (previous === undefined || isFirst) {
    entryHeader.encodeInto(content, { inode: 0 }, entry.atBytes);
  } else {
    const lengthBytes = previous.lengthBytes + entry.lengthBytes;
    entryHeader.encodeInto(content, { lengthBytes }, previous.atBytes);
  }
  return content;
}

function entryOf(entries: readonly RawEntry[], name: Uint8Array): RawEntry | undefined {
  return entries.find((entry) => entry.inode !== 0 && Buffer.compare(entry.name, name) === 0);
}

function writeEntry(
  content: Uint8Array,
  atBytes: number,
  lengthBytes: number,
  name: Uint8Array,
  target: NamedInode,
): void {
  const nameAt = atBytes + entryHeader.sizeBytes;
  content.fill(0, nameAt, atBytes + entryBytes(name.length));
  entryHeader.encodeInto(content, { ...target, lengthBytes, nameBytes: name.length }, atBytes);
  content.set(name, nameAt);
}
