/**
 * `kernlane image fetch`: an official image from the server into the cache.
 *
 * The .xz file is kept as far as it came, so that a later call resumes there; at the same time its bytes are hashed and unpacked. The image
 * gets its place by a rename, and only after the checksum was right.
 */
import { chmodSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  findCachedImage,
  imageFolder,
  manifestPath,
  rawPath,
  withFolderLock,
  type CachedImage,
  type Manifest,
} from "./cache.js";
import { withDiskErrors } from "../host/disk-errors.js";
import { DEFAULT_BASE_URL, findInCatalog } from "./catalog.js";
import { downloadUnpacked, type FetchEvent } from "./download.js";
import { findOffer } from "./offer.js";
import { removePart } from "./part-file.js";
import { writeJsonFile } from "../host/json-file.js";

export interface FetchOptions {
  /** The server's root, below which `releases/` lies; the FreeBSD project's own if absent. */
  readonly baseUrl?: string | undefined;
  /** Told of each step, in order. */
  readonly onEvent?: ((event: FetchEvent) => void) | undefined;
  /** Ends the fetch, which then rejects with the signal's reason; what was downloaded stays. */
  readonly signal?: AbortSignal | undefined;
  /** How long the server may send nothing; 60,000 if absent. */
  readonly stallMs?: number | undefined;
}

/**
 * The image from the cache, fetched first if it is missing.
 *
 * @throws LaneError `image-unknown`, `image-not-offered`, `image-busy`, `bad-base-url`, `download-not-found` (usage);
 *   `download-failed`, `image-checksum`, `image-unpack-failed`, `program-missing`, `disk-full`, `write-failed` (host)
 * @example
 * const image = await fetchImage("freebsd-15.0-release", { onEvent: show });
 * image.path; // ~/.cache/kernlane/images/freebsd-15.0-release/disk.raw
 */
export async function fetchImage(name: string, options: FetchOptions = {}): Promise<CachedImage> {
  const folder = imageFolder(name);
  return (
    findCachedImage(name) ??
    (await withFolderLock(folder, name, async () => {
      // Another process may have fetched it between the look and the lock.
      return findCachedImage(name) ?? (await fetchInto(folder, name, options));
    }))
  );
}

async function fetchInto(
  folder: string,
  name: string,
  options: FetchOptions,
): Promise<CachedImage> {
  const image = findInCatalog(name);
  const offer = await findOffer(options.baseUrl ?? DEFAULT_BASE_URL, image, options);
  const unpackingPath = join(folder, "unpacking.raw");
  const result = await downloadUnpacked(offer, folder, unpackingPath, options);
  const manifest: Manifest = {
    name,
    fileName: offer.fileName,
    url: offer.url,
    packedSha256: offer.sha256,
    packedBytes: result.packedBytes,
    rawSha256: result.rawSha256,
    rawBytes: result.rawBytes,
    fetchedAt: new Date().toISOString(),
  };
  withDiskErrors(folder, () => {
    // Everyone shares this file as a base: nothing may write to it.
    chmodSync(unpackingPath, 0o444);
    rmSync(manifestPath(folder), { force: true });
    renameSync(unpackingPath, rawPath(folder));
    writeJsonFile(manifestPath(folder), manifest);
    removePart(folder);
  });
  return findCachedImage(name)!;
}
