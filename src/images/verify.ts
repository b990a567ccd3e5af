/**
 * `kernlane image verify`: whether an image in the cache still is what was fetched.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { LaneError } from "../base/errors.js";
import { findCachedImage, notCached, type CachedImage } from "./cache.js";
import { createMeter, type Progress } from "./progress.js";

export interface VerifyOptions {
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Ends it, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the whole image and compares its checksum with the manifest's.
 *
 * @returns the image, unchanged since it was fetched
 * @throws LaneError `image-changed` (image), `image-not-cached`, `image-unknown` (usage)
 * @example await verifyImage("freebsd-15.0-release", { onProgress: show });
 */
export async function verifyImage(name: string, options: VerifyOptions = {}): Promise<CachedImage> {
  const image = findCachedImage(name);
  if (!image) throw notCached(name);
  const hash = createHash("sha256");
  const meter = createMeter(0, image.rawBytes, performance.now());
  let doneBytes = 0;
  for await (const chunk of createReadStream(image.path, { highWaterMark: 1024 * 1024 })) {
    options.signal?.throwIfAborted();
    hash.update(chunk as Buffer);
    doneBytes += (chunk as Buffer).length;
    const progress = meter.add(doneBytes, performance.now());
    if (progress) options.onProgress?.(progress);
  }
  const found = hash.digest("hex");
  if (found === image.rawSha256) return image;
  throw new LaneError(
    "image-changed",
    `${image.path} was changed since it was fetched: found the SHA-256 ${found}, expected ${image.rawSha256}`,
    {
      hint: `fetch it again: kernlane image rm ${name}, then kernlane image fetch ${name}`,
      facts: { path: image.path, found, expected: image.rawSha256 },
    },
  );
}
