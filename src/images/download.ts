/**
 * One .xz file from the server, hashed and unpacked as it comes, over as many connections as it takes.
 */
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { LaneError } from "../base/errors.js";
import { requireSpace } from "./cache-errors.js";
import { httpGet, type GetOptions, type Response } from "./http.js";
import { openPart, removePart, type Offer, type PartFile } from "./part-file.js";
import { createMeter, type Progress } from "./progress.js";
import { startUnpacking, type Unpacking } from "./unpack.js";

export type FetchEvent =
  /** The file that was chosen, and how much of it is here from an earlier fetch. */
  | { readonly kind: "file"; readonly url: string; readonly doneBytes: number }
  /** What is here from an earlier fetch is hashed and unpacked first. */
  | ({ readonly kind: "rereading" } & Progress)
  | ({ readonly kind: "progress" } & Progress)
  /** The server began anew (it cannot go on, or its file is another one now): what was here is lost. */
  | { readonly kind: "started-again"; readonly lostBytes: number }
  /** The connection broke, and the fetch goes on over a new one. */
  | { readonly kind: "reconnecting"; readonly reason: string }
  /** All is here and its checksum is right. */
  | { readonly kind: "verified"; readonly sha256: string };

export interface DownloadOptions extends Pick<GetOptions, "signal" | "stallMs"> {
  readonly onEvent?: ((event: FetchEvent) => void) | undefined;
}

export interface Downloaded {
  readonly packedBytes: number;
  readonly rawBytes: number;
  readonly rawSha256: string;
}

/** So many connections in a row may break without a byte gained before it is given up. */
const FRUITLESS_TRIES = 3;
/** A server whose file changes while it is fetched, again and again, has no file to fetch. */
const MAX_BEGINNINGS = 3;

/**
 * @param folder where the part is kept
 * @param rawPath the unpacked file; whatever is there is replaced, and it is removed if this fails
 * @throws LaneError `download-failed`, `download-not-found`, `image-checksum`, `image-unpack-failed`, `disk-full`, `write-failed`
 */
export async function downloadUnpacked(
  offer: Offer,
  folder: string,
  rawPath: string,
  options: DownloadOptions,
): Promise<Downloaded> {
  using part = openPart(folder, offer);
  options.onEvent?.({ kind: "file", url: offer.url, doneBytes: part.doneBytes });
  try {
    for (let beginning = 1; ; beginning++) {
      await using unpacking = await startUnpacking(rawPath);
      const sink = await openSink(part, unpacking, options);
      const isWhole = await download(offer, part, sink, folder, options);
      if (isWhole) return await finish(offer, part, sink, unpacking, folder, options);
      if (beginning === MAX_BEGINNINGS) throw keepsChanging(offer.url);
    }
  } catch (error) {
    rmSync(rawPath, { force: true });
    throw error;
  }
}

/** Where the bytes of the .xz file go, besides the part file: into the hash and into xz. */
interface Sink {
  take(chunk: Uint8Array): Promise<void>;
  sha256(): string;
}

/** A sink that has taken what is here already. */
async function openSink(
  part: PartFile,
  unpacking: Unpacking,
  { signal, onEvent }: DownloadOptions,
): Promise<Sink> {
  const hash = createHash("sha256");
  const take = async (chunk: Uint8Array): Promise<void> => {
    hash.update(chunk);
    await unpacking.write(chunk);
  };
  const meter = createMeter(0, part.doneBytes, performance.now());
  let takenBytes = 0;
  for await (const chunk of part.read()) {
    signal?.throwIfAborted();
    await take(chunk);
    takenBytes += chunk.length;
    const progress = meter.add(takenBytes, performance.now());
    if (progress) onEvent?.({ kind: "rereading", ...progress });
  }
  return { take, sha256: () => hash.digest("hex") };
}

/** @returns false when the server began anew: what the sink has taken is of no use then */
async function download(
  offer: Offer,
  part: PartFile,
  sink: Sink,
  folder: string,
  options: DownloadOptions,
): Promise<boolean> {
  let fruitless = 0;
  while (part.doneBytes === 0 || part.doneBytes !== part.validators.totalBytes) {
    const beforeBytes = part.doneBytes;
    try {
      const response = await openResponse(offer, part, options);
      await requireSpace(folder, neededBytes(response));
      if (response.startBytes === 0) part.restart(response);
      if (response.startBytes !== beforeBytes) {
        options.onEvent?.({ kind: "started-again", lostBytes: beforeBytes });
        return false;
      }
      await takeAll(response, part, sink, options);
      if (part.doneBytes === beforeBytes) throw nothingCame(offer.url);
      // A server that names no size ends the file by ending the connection; the checksum tells whether it was whole.
      if (response.totalBytes === undefined) return true;
    } catch (error) {
      fruitless = part.doneBytes > beforeBytes ? 0 : fruitless + 1;
      if (!isBroken(error) || fruitless === FRUITLESS_TRIES) throw error;
      options.onEvent?.({ kind: "reconnecting", reason: error.message });
    }
  }
  return true;
}

async function openResponse(
  offer: Offer,
  part: PartFile,
  { signal, stallMs }: DownloadOptions,
): Promise<Response> {
  if (part.doneBytes === 0) return httpGet(offer.url, { signal, stallMs });
  const from = { bytes: part.doneBytes, validators: part.validators };
  return httpGet(offer.url, { from, signal, stallMs });
}

async function takeAll(
  response: Response,
  part: PartFile,
  sink: Sink,
  { onEvent }: DownloadOptions,
): Promise<void> {
  const meter = createMeter(part.doneBytes, response.totalBytes, performance.now());
  for await (const chunk of response.chunks) {
    part.append(chunk);
    await sink.take(chunk);
    const progress = meter.add(part.doneBytes, performance.now());
    if (progress) onEvent?.({ kind: "progress", ...progress });
  }
  onEvent?.({ kind: "progress", ...meter.now(performance.now()) });
}

async function finish(
  offer: Offer,
  part: PartFile,
  sink: Sink,
  unpacking: Unpacking,
  folder: string,
  options: DownloadOptions,
): Promise<Downloaded> {
  const sha256 = sink.sha256();
  if (sha256 !== offer.sha256) {
    removePart(folder);
    throw wrongChecksum(offer, sha256);
  }
  options.onEvent?.({ kind: "verified", sha256 });
  const raw = await unpacking.finish();
  return { packedBytes: part.doneBytes, rawBytes: raw.sizeBytes, rawSha256: raw.sha256 };
}

/** The rest of the .xz, and the image, which is larger than the whole .xz. */
function neededBytes({ totalBytes, startBytes }: Response): number {
  return totalBytes === undefined ? 0 : totalBytes - startBytes + totalBytes;
}

function isBroken(error: unknown): error is LaneError {
  return error instanceof LaneError && error.code === "download-failed";
}

function nothingCame(url: string): LaneError {
  return new LaneError(
    "download-failed",
    `${url} could not be downloaded: the server sent nothing`,
    { hint: "try again later, or name a mirror as base URL", facts: { url } },
  );
}

function keepsChanging(url: string): LaneError {
  return new LaneError(
    "download-failed",
    `${url} could not be downloaded: the server began anew ${MAX_BEGINNINGS} times`,
    { hint: "try again later, or name a mirror as base URL", facts: { url } },
  );
}

function wrongChecksum({ url, sha256 }: Offer, found: string): LaneError {
  return new LaneError(
    "image-checksum",
    `${url}: found the SHA-256 ${found}, expected ${sha256}; the download was thrown away`,
    { facts: { url, found, expected: sha256 } },
  );
}
