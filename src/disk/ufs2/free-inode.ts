/**
 * Taking names, contents and inodes away. Their space is only noted here: it is given back by the last edits of the plan.
 */
import { attributeBlocksOf, blocksOf, type FileBlock } from "./blocks.js";
import { entriesIn, type DraftDirectory } from "./draft-directory.js";
import { directoryOf } from "./draft-names.js";
import { changeInode, inodeOf, type Draft } from "./draft.js";
import { damaged } from "./file-system.js";
import { typeOfMode, type Inode } from "./inode.js";
import { notA } from "./lookup.js";
import { NOWHERE, type Placement } from "./place-content.js";

/** One name less; with the last one the inode and all its blocks are free. */
export function dropLink(draft: Draft, inode: Inode, why: string): void {
  if (inode.links > 1) changeInode(draft, inode.number, { links: inode.links - 1 }, why);
  else freeInode(draft, inode, why);
}

/** A directory, with all that is in it when that was asked for; its entry in the parent is the caller's. */
export function dropDirectory(
  draft: Draft,
  inode: Inode,
  parent: DraftDirectory,
  { path, recursive }: { readonly path: string; readonly recursive: boolean },
): void {
  const content = directoryOf(draft, inode, path);
  const entries = entriesIn(content);
  if (entries.length > 0 && !recursive)
    throw notA(draft.fs, path, "empty directory (recursive was not asked for)");
  for (const { key, inode: number } of entries) {
    const child = inodeOf(draft, number);
    const childPath = `${path}/${Buffer.from(key, "latin1").toString("utf8")}`;
    if (typeOfMode(child.mode) === "directory")
      dropDirectory(draft, child, content, { path: childPath, recursive });
    else dropLink(draft, child, childPath);
  }
  draft.directories.delete(inode.number);
  freeInode(draft, inodeOf(draft, inode.number), path);
  changeInode(draft, parent.number, { links: inodeOf(draft, parent.number).links - 1 }, parent.why);
}

/** Lets an inode refer to new blocks; those that it had are freed, those of its extended attributes stay. */
export function switchContent(draft: Draft, inode: Inode, placement: Placement, why: string): void {
  const kept = attributeBlocksOf(draft.fs, inode).reduce((sum, block) => sum + block.fragments, 0);
  noteFreed(draft, inode, blocksOf(draft.fs, inode));
  const { sizeBytes, direct, indirect } = placement;
  const sectorsHeld = placement.sectorsHeld + (kept * draft.fs.superblock.fragmentBytes) / 512;
  const now = { modifiedSeconds: draft.timeSeconds, modifiedNanoseconds: 0 };
  changeInode(draft, inode.number, { sizeBytes, sectorsHeld, direct, indirect, ...now }, why);
}

/** As FreeBSD leaves a freed inode: no type, no size, no addresses. */
function freeInode(draft: Draft, inode: Inode, why: string): void {
  noteFreed(draft, inode, blocksOf(draft.fs, inode));
  noteFreed(draft, inode, attributeBlocksOf(draft.fs, inode));
  draft.freedInodes.push(inode);
  const { direct, indirect } = NOWHERE;
  const nothing = { mode: 0, links: 0, sizeBytes: 0, sectorsHeld: 0, flags: 0, depth: 0 };
  const noAttributes = { attributesBytes: 0, attributeBlocks: [0, 0] };
  changeInode(draft, inode.number, { ...nothing, ...noAttributes, direct, indirect }, why);
}

/** An inode that claims more than there is goes in circles: its blocks are not counted to the end. */
function noteFreed(draft: Draft, inode: Inode, blocks: Iterable<FileBlock>): void {
  let fragmentsLeft = draft.fs.superblock.sizeFragments;
  for (const block of blocks) {
    fragmentsLeft -= block.fragments;
    if (fragmentsLeft < 0)
      throw damaged(draft.fs, `more blocks than there are in inode ${inode.number}`);
    draft.freedBlocks.push(block);
  }
}
