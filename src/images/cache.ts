/**
 * The images in the cache: a folder for each name, `$XDG_CACHE_HOME/kernlane/images/NAME/`, with
 *
 *     disk.raw                        the unpacked image, not writable; there only when it is whole and its checksum was right
 *     manifest.json                   what it is and its checksums; an image without it counts as not there
 *     download.xz, download.json      the part of a download that is here (part-file.ts)
 *     unpacking.raw                   what becomes disk.raw
 *     lock                            who fetches or removes it (host/file-lock.ts)
 */
import { readdirSync, rmdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { LaneError } from "../base/errors.js";
import { nearestName } from "../base/nearest.js";
import { diskError, withDiskErrors } from "../host/disk-errors.js";
import { tryLock } from "../host/file-lock.js";
import { makeFolder } from "../host/make-folder.js";
import { readJsonFile } from "../host/json-file.js";
import { cacheFolder } from "../host/paths.js";
import { findInCatalog } from "./catalog.js";
import { partPath } from "./part-file.js";

const manifestSchema = z.object({
  name: z.string(),
  /** The file's name on the server, `FreeBSD-15.0-RELEASE-amd64-ufs.raw.xz`. */
  fileName: z.string(),
  url: z.string(),
  /** Of the .xz file, as the server's checksum file had it and as it was. */
  packedSha256: z.string(),
  packedBytes: z.number(),
  /** Of disk.raw. */
  rawSha256: z.string(),
  rawBytes: z.number(),
  /** ISO 8601. */
  fetchedAt: z.string(),
});
export type Manifest = z.infer<typeof manifestSchema>;

export interface CachedImage extends Manifest {
  readonly path: string;
  /** What disk.raw takes on the disk, its holes not counted. */
  readonly storedBytes: number;
}

/** A download that was begun and not finished. */
interface PartialImage {
  readonly name: string;
  readonly doneBytes: number;
}

export interface ImageList {
  readonly images: readonly CachedImage[];
  readonly partial: readonly PartialImage[];
}

/** What is put into an image's folder, and removed from it: the manifest first, without which there is no image. */
const FILES = ["manifest.json", "disk.raw", "unpacking.raw", "download.xz", "download.json"];

/** The unit in which stat(2) counts the space that a file takes. */
const BLOCK_BYTES = 512;

/** What is in the cache, by name. */
export function listImages(): ImageList {
  const names = cachedNames();
  const images = names.map(findCachedImage).filter((image) => image !== undefined);
  const whole = new Set(images.map(({ name }) => name));
  const partial = names
    .filter((name) => !whole.has(name))
    .map((name) => ({ name, doneBytes: sizeOf(partPath(imageFolder(name))) ?? 0 }))
    .filter(({ doneBytes }) => doneBytes > 0);
  return { images, partial };
}

/**
 * The image of that name, if it was fetched.
 *
 * @throws LaneError `image-unknown` (usage) for a name that no image can have
 * @example findCachedImage("freebsd-15.0-release")?.path
 */
export function findCachedImage(name: string): CachedImage | undefined {
  const folder = imageFolder(name);
  const manifest = manifestSchema.safeParse(readJsonFile(manifestPath(folder))).data;
  const path = rawPath(folder);
  if (manifest === undefined || sizeOf(path) !== manifest.rawBytes) return undefined;
  return { ...manifest, path, storedBytes: statSync(path).blocks * BLOCK_BYTES };
}

/**
 * Removes an image, or the part of one.
 *
 * @returns the bytes of disk space that were freed
 * @throws LaneError `image-not-cached`, `image-busy`, `image-unknown` (usage)
 */
export async function removeImage(name: string): Promise<number> {
  const folder = imageFolder(name);
  if (!cachedNames().includes(name)) throw notCached(name);
  return withFolderLock(folder, name, () => {
    let freedBytes = 0;
    for (const file of FILES) {
      const path = join(folder, file);
      freedBytes += (statSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * BLOCK_BYTES;
      rmSync(path, { force: true });
    }
    return freedBytes;
  });
}

/**
 * Does the work while no other kernlane is at work in the folder, which is made where it is missing; one that is empty
 * afterwards goes again.
 *
 * @param what for the refusal: `freebsd-15.0-release`
 * @throws LaneError `image-busy` (usage) when another process holds the lock; `write-failed` (host)
 * @example await withFolderLock(imageFolder(name), name, () => fetchInto(folder));
 */
export async function withFolderLock<T>(
  folder: string,
  what: string,
  work: () => T | Promise<T>,
): Promise<T> {
  const path = join(folder, "lock");
  withDiskErrors(folder, () => makeFolder(folder));
  const attempt = await tryLock(path).catch((error: unknown) => {
    throw diskError(path, error);
  });
  if ("heldBy" in attempt) {
    throw new LaneError(
      "image-busy",
      `${what} is being fetched or removed by another kernlane (${attempt.heldBy})`,
      { facts: { path, heldBy: attempt.heldBy } },
    );
  }
  try {
    return await work();
  } finally {
    attempt.release();
    // One in which nothing was put, or from which all was removed.
    if (readdirSync(folder).length === 0) rmdirSync(folder);
  }
}

/** The refusal of a command about an image that is not in the cache. */
export function notCached(name: string): LaneError {
  const names = cachedNames();
  const nearest = nearestName(name, names);
  const known = names.length === 0 ? "the cache has no images" : `it has ${names.join(", ")}`;
  return new LaneError("image-not-cached", `${name} is not in the cache (${known})`, {
    hint: nearest ? `did you mean ${nearest}?` : `fetch it with: kernlane image fetch ${name}`,
    facts: { name },
  });
}

/** @throws LaneError `image-unknown` (usage): only names of the catalog become paths */
export function imageFolder(name: string): string {
  return join(imagesFolder(), findInCatalog(name).name);
}

export function rawPath(folder: string): string {
  return join(folder, "disk.raw");
}

export function manifestPath(folder: string): string {
  return join(folder, "manifest.json");
}

function imagesFolder(): string {
  return join(cacheFolder(), "images");
}

function cachedNames(): readonly string[] {
  try {
    return readdirSync(imagesFolder()).filter(isCatalogName).sort();
  } catch {
    return [];
  }
}

function isCatalogName(name: string): boolean {
  try {
    findInCatalog(name);
    return true;
  } catch {
    return false;
  }
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}
