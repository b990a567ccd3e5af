/**
 * Paths of a guest as people type them, and what is near a missing one.
 */
import { LaneError } from "../../base/errors.js";
import { nearestName } from "../../base/nearest.js";
import { visible } from "../../console/visible.js";
import { findInode, partsOf } from "../../disk/ufs2/lookup.js";
import { typeOfMode, type Inode } from "../../disk/ufs2/inode.js";
import type { FreebsdImage } from "./image.js";

const SHOWN_NAMES = 12;

/**
 * What is at a path, which is taken from the root whether or not it begins with a slash.
 *
 * @param followLast whether a symbolic link at the path's end is followed; links on the way are
 * @throws LaneError `guest-path-not-found` with the nearest name, `guest-path-loops` (image)
 * @example requirePath(image, "/boot/kernel", true).number
 */
export function requirePath(image: FreebsdImage, path: string, followLast: boolean): Inode {
  const inode = findInode(image.fs, path, { followLast });
  if (inode !== undefined) return inode;
  const { parent, missing } = whereItEnds(image, path);
  const names = image.namesIn(parent);
  const nearest = nearestName(missing, names);
  throw new LaneError(
    "guest-path-not-found",
    `${image.path}: there is no ${path} in the guest; ${visible(parent)} ${holdings(names, missing)}`,
    {
      ...(nearest !== undefined && { hint: `did you mean ${visible(joinPath(parent, nearest))}?` }),
      facts: { path: image.path, guestPath: path },
    },
  );
}

function joinPath(folder: string, name: string): string {
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

/** The last directory on the way that is there, and the name that is not in it. */
function whereItEnds(
  image: FreebsdImage,
  path: string,
): { readonly parent: string; readonly missing: string } {
  let parent = "/";
  for (const part of partsOf(path)) {
    const next = joinPath(parent, part);
    const inode = findInode(image.fs, next);
    if (inode === undefined || typeOfMode(inode.mode) !== "directory")
      return { parent, missing: part };
    parent = next;
  }
  return { parent, missing: "" };
}

function holdings(names: readonly string[], missing: string): string {
  if (names.includes(missing)) return `has ${missing}, which leads no further`;
  if (names.length === 0) return "is empty";
  const shown = names.slice(0, SHOWN_NAMES).map(visible).join(", ");
  return `has ${shown}${names.length > SHOWN_NAMES ? ` and ${names.length - SHOWN_NAMES} more` : ""}`;
}
