/**
 * One .xz file from the server, hashed and unpacked as it comes, over as many connections as it takes.
 */
import { createHash, type Hash } from "node:crypto";
import { rmSync } from "node:fs";
import { LaneError } from "../base/errors.js";
import { requireSpace } from "../host/free-space.js";
import { failed, httpGet, OTHER_SERVER, type GetOptions, type Response } from "./http.js";
import type { Offer } from "./offer.js";
import { openPart, removePart, type PartFile } from "./part-file.js";
import { createMeter, type Progress } from "./progress.js";
import { startUnpacking, type Unpacking } from "./unpack.js";

export type FetchEvent =
  /** The file that was chosen, and how much of it is here from an earlier fetch. */
  | { readonly kind: "file"; readonly url: string; readonly doneBytes: number }
  /** What is here from an earlier fetch is hashed and unpacked first. */
  | ({ readonly kind: "rereading" } & Progress)
  | ({ readonly kind: "progress" } & Progress)
  /** The server cannot resume, or its file is another one now: what was here is lost. */
  | { readonly kind: "started-again"; readonly lostBytes: number }
  /** The connection broke, and the fetch is resumed over a new one. */
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

/** What is at work on one beginning of the file. */
interface Transfer {
  readonly offer: Offer;
  readonly folder: string;
  readonly part: PartFile;
  readonly hash: Hash;
  readonly unpacking: Unpacking;
  readonly options: DownloadOptions;
}

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
    for (let beginning = 1; beginning <= MAX_BEGINNINGS; beginning++) {
      await using unpacking = await startUnpacking(rawPath);
      const hash = createHash("sha256");
      const transfer = { offer, folder, part, hash, unpacking, options };
      await reread(transfer);
      if (await download(transfer)) return await finish(transfer);
    }
    const reason = `the server began again ${MAX_BEGINNINGS} times`;
    throw failed(offer.url, reason, undefined, OTHER_SERVER);
  } catch (error) {
    rmSync(rawPath, { force: true });
    throw error;
  }
}

async function take({ hash, unpacking }: Transfer, chunk: Uint8Array): Promise<void> {
  hash.update(chunk);
  await unpacking.write(chunk);
}

/** What is here from an earlier fetch goes into the hash and into xz. */
async function reread(transfer: Transfer): Promise<void> {
  const { part, options } = transfer;
  const meter = createMeter(0, part.doneBytes, performance.now());
  let takenBytes = 0;
  for await (const chunk of part.read()) {
    options.signal?.throwIfAborted();
    await take(transfer, chunk);
    takenBytes += chunk.length;
    const progress = meter.add(takenBytes, performance.now());
    if (progress) options.onEvent?.({ kind: "rereading", ...progress });
  }
}

/** @returns false when the server began again: what was hashed and unpacked is of no use then */
async function download(transfer: Transfer): Promise<boolean> {
  const { offer, part, options } = transfer;
  let fruitless = 0;
  while (part.doneBytes === 0 || part.doneBytes !== part.validators.totalBytes) {
    const { doneBytes, validators } = part;
    const from = doneBytes === 0 ? undefined : { bytes: doneBytes, validators };
    try {
      const result = await httpGet(offer.url, { ...options, from }, (response) =>
        takeResponse(transfer, response),
      );
      if (result !== "more") return result === "whole";
    } catch (error) {
      fruitless = part.doneBytes > doneBytes ? 0 : fruitless + 1;
      const isBroken = error instanceof LaneError && error.code === "download-failed";
      if (!isBroken || fruitless === FRUITLESS_TRIES) throw error;
      options.onEvent?.({ kind: "reconnecting", reason: error.message });
    }
  }
  return true;
}

async function takeResponse(
  transfer: Transfer,
  response: Response,
): Promise<"whole" | "more" | "again"> {
  const { part, offer, folder, options } = transfer;
  const beforeBytes = part.doneBytes;
  requireSpaceFor(folder, response);
  if (response.startBytes === 0) part.restart(response);
  if (response.startBytes !== beforeBytes) {
    options.onEvent?.({ kind: "started-again", lostBytes: beforeBytes });
    return "again";
  }
  const meter = createMeter(part.doneBytes, response.totalBytes, performance.now());
  for await (const chunk of response.chunks) {
    part.append(chunk);
    await take(transfer, chunk);
    const progress = meter.add(part.doneBytes, performance.now());
    if (progress) options.onEvent?.({ kind: "progress", ...progress });
  }
  options.onEvent?.({ kind: "progress", ...meter.now(performance.now()) });
  if (part.doneBytes === beforeBytes)
    throw failed(offer.url, "the server sent nothing", undefined, OTHER_SERVER);
  // A server that names no size ends the file by ending the connection; the checksum tells whether it was whole.
  return response.totalBytes === undefined ? "whole" : "more";
}

async function finish({ offer, folder, part, hash, unpacking, options }: Transfer) {
  const { url, sha256: expected } = offer;
  const found = hash.digest("hex");
  if (found !== expected) {
    removePart(folder);
    throw new LaneError(
      "image-checksum",
      `${url}: found the SHA-256 ${found}, expected ${expected}; the download was thrown away`,
      { facts: { url, found, expected } },
    );
  }
  options.onEvent?.({ kind: "verified", sha256: found });
  const raw = await unpacking.finish();
  return { packedBytes: part.doneBytes, rawBytes: raw.sizeBytes, rawSha256: raw.sha256 };
}

/** The rest of the .xz, and the image, which is larger than the whole .xz. */
function requireSpaceFor(folder: string, { totalBytes, startBytes }: Response): void {
  const neededBytes = totalBytes === undefined ? 0 : totalBytes - startBytes + totalBytes;
  requireSpace({
    ...{ folder, neededBytes, why: "for the image" },
    hint: "free space there (`kernlane image rm NAME`), or let XDG_CACHE_HOME name another place",
  });
}
