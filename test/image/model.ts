/**
 * A model of a file system: a map from path to what is there. Random changes are made to it and to an image alike.
 */
import { createHash } from "node:crypto";
import fc from "fast-check";
import type { ByteSource } from "../../src/binary/byte-source.js";
import { editDisk, type Edit } from "../../src/disk/edits.js";
import { findRoots } from "../../src/disk/disk-root.js";
import type { FileChange } from "../../src/disk/ufs2/file-change.js";
import { openFileSystem, type FileSystem } from "../../src/disk/ufs2/file-system.js";
import { typeOfMode } from "../../src/disk/ufs2/inode.js";
import { readContent, readLink } from "../../src/disk/ufs2/content.js";
import { walk } from "../../src/disk/ufs2/walk.js";
import { patternBytes } from "./tools.js";

export type Model = Map<string, Node>;

type Node =
  | { readonly kind: "file"; content: Uint8Array; mode: number }
  | { readonly kind: "directory"; mode: number }
  | { readonly kind: "symlink"; readonly target: string; readonly mode: number };

/** The file system of an image, as it is with edits. */
export function openEdited(disk: ByteSource, edits: readonly Edit[] = []): FileSystem {
  const edited = editDisk(disk, edits);
  return openFileSystem(edited, findRoots(edited)[0]);
}

/** What is in an image. Two names of one file are one node, so that the model knows hard links. */
export function modelOf(fs: FileSystem): Model {
  const model: Model = new Map();
  const files = new Map<number, Node>();
  for (const { path, inode } of walk(fs)) {
    const mode = inode.mode & 0o7777;
    const type = typeOfMode(inode.mode);
    if (type === "directory") model.set(path, { kind: "directory", mode });
    else if (type === "symlink")
      model.set(path, { kind: "symlink", target: readLink(fs, inode), mode });
    else {
      const node = files.get(inode.number) ?? {
        kind: "file",
        content: readContent(fs, inode),
        mode,
      };
      files.set(inode.number, node);
      model.set(path, node);
    }
  }
  return model;
}

/** A line for each path: two models are compared by these, since comparing megabytes in a matcher takes for ever. */
export function summaryOf(model: Model): readonly string[] {
  const lines = [...model].map(([path, node]) => {
    const what =
      node.kind === "file"
        ? createHash("sha1").update(node.content).digest("hex")
        : node.kind === "symlink"
          ? node.target
          : "";
    return `${path} ${node.kind} ${node.mode.toString(8)} ${what}`;
  });
  return lines.sort();
}

/** A model that can be changed without the first one noticing; two names of one file stay so. */
export function copyOf(model: Model): Model {
  const copies = new Map<Node, Node>();
  for (const node of model.values()) if (!copies.has(node)) copies.set(node, { ...node });
  return new Map([...model].map(([path, node]) => [path, copies.get(node)!]));
}

/** The regular files of a model with their contents. */
export function filesOf(model: Model): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const [path, node] of model) if (node.kind === "file") files.set(path, node.content);
  return files;
}

/** The same change, made to the model. */
export function changeModel(model: Model, change: FileChange): void {
  const there = model.get(change.path);
  switch (change.kind) {
    case "file": {
      const names = [...model.values()].filter((node) => node === there).length;
      const mode = change.mode ?? (there?.kind === "file" && names === 1 ? there.mode : 0o644);
      model.set(change.path, { kind: "file", content: change.content, mode });
      return;
    }
    case "append":
      if (there?.kind === "file") there.content = Buffer.concat([there.content, change.content]);
      return;
    case "directory":
      if (there?.kind === "directory") there.mode = change.mode ?? there.mode;
      else model.set(change.path, { kind: "directory", mode: change.mode ?? 0o755 });
      return;
    case "symlink":
      model.set(change.path, { kind: "symlink", target: change.target, mode: 0o755 });
      return;
    case "attributes":
      if (there !== undefined && there.kind !== "symlink") there.mode = change.mode ?? there.mode;
      return;
    case "remove":
      for (const path of model.keys()) {
        if (path === change.path || path.startsWith(`${change.path}/`)) model.delete(path);
      }
  }
}

/** Whether a change makes sense on this model; those that do not are for the tests of refusals. */
export function isPossible(model: Model, change: FileChange): boolean {
  const parent = change.path.slice(0, change.path.lastIndexOf("/")) || "/";
  if (model.get(parent)?.kind !== "directory") return false;
  const there = model.get(change.path);
  if (change.kind === "append") return there?.kind === "file";
  if (change.kind === "attributes") return there !== undefined && there.kind !== "symlink";
  if (change.kind === "directory") return there === undefined || there.kind === "directory";
  return change.kind === "remove" || there?.kind !== "directory";
}

const DIRECTORIES = ["", "/boot", "/etc", "/new", "/new/below", "/deep/a", "/many"];
const NAMES = ["one", "two", "a-longer-name-than-those", "kernel", "rc.conf", "x".repeat(200)];

const anyPath = fc
  .tuple(fc.constantFrom(...DIRECTORIES), fc.constantFrom(...NAMES))
  .map(([directory, name]) => `${directory}/${name}`);
const anyMode = fc.constantFrom(0o644, 0o755, 0o555, 0o4755);

/** Sizes about the places where the layout of a file changes. */
function anyContent(fs: FileSystem): fc.Arbitrary<Uint8Array> {
  const { blockBytes, fragmentBytes } = fs.superblock;
  const edges = [
    0,
    fragmentBytes,
    blockBytes,
    2 * blockBytes,
    11 * blockBytes,
    12 * blockBytes,
    13 * blockBytes,
  ];
  return fc
    .tuple(fc.constantFrom(...edges), fc.constantFrom(-1, 0, 1, fragmentBytes + 1), fc.nat(1000))
    .map(([edge, offset, seed]) => patternBytes(Math.max(0, edge + offset), seed));
}

export function anyChange(fs: FileSystem): fc.Arbitrary<FileChange> {
  const content = anyContent(fs);
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant("file" as const), path: anyPath, content }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("file" as const),
        path: anyPath,
        content,
        mode: anyMode,
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant("append" as const), path: anyPath, content }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("directory" as const),
        path: fc.constantFrom("/new", "/new/below", "/boot/one", "/deep/a/two"),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("symlink" as const),
        path: anyPath,
        target: fc.constantFrom("kernel", "y".repeat(119), "y".repeat(120), "z".repeat(1000)),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("attributes" as const),
        path: anyPath,
        mode: anyMode,
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("remove" as const),
        path: fc.oneof(anyPath, fc.constantFrom("/new", "/deep", "/many", "/boot/kernel")),
        recursive: fc.constant(true),
      }),
    },
  );
}
