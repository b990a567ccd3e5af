/**
 * What can be asked of a guest's file system. Paths are absolute, without `..`; links on the way to the last part are
 * followed. Changes are made in their order, so a directory comes before what goes into it.
 */
export type FileChange =
  WriteFile | AppendToFile | MakeDirectory | MakeLink | SetAttributes | Remove;

export interface Attributes {
  /** Permission bits such as 0o755, with set-id and sticky bits. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Bits of chflags(1), such as 0x20000 for schg. */
  readonly flags?: number;
}

/**
 * The name has this content afterwards, as install(1) would leave it. A file that is there and has no other name keeps
 * its inode, flags and extended attributes, and its mode and owner unless others are given; its content is switched in
 * one write. Where other names (hard links) exist, they keep the old content. A symbolic link is itself replaced.
 * New files: mode 0644, root:wheel, no flags.
 */
export interface WriteFile extends Attributes {
  readonly kind: "file";
  readonly path: string;
  /** Kept by the edits, not copied: do not change it before they are written. */
  readonly content: Uint8Array;
}

/** Adds to the end of a file that is there; a symbolic link is followed, and all names of the file see it. */
export interface AppendToFile {
  readonly kind: "append";
  readonly path: string;
  readonly content: Uint8Array;
}

/** The directory exists afterwards; its parent has to. New ones: mode 0755, root:wheel. */
export interface MakeDirectory extends Attributes {
  readonly kind: "directory";
  readonly path: string;
}

/** A symbolic link in place of whatever file or link has the name. */
export interface MakeLink {
  readonly kind: "symlink";
  readonly path: string;
  readonly target: string;
  readonly uid?: number;
  readonly gid?: number;
}

/** Changes only what is given; a symbolic link is followed. */
interface SetAttributes extends Attributes {
  readonly kind: "attributes";
  readonly path: string;
}

/** The name is gone afterwards, whether or not it was there; flags such as schg do not hinder. */
export interface Remove {
  readonly kind: "remove";
  readonly path: string;
  /** Remove a directory with all that is in it; without it a directory has to be empty. */
  readonly recursive?: boolean;
}
