/**
 * The part of a download that is here already, kept between runs: `download.xz`, and beside it what it is a part of.
 */
import {
  closeSync,
  createReadStream,
  fstatSync,
  ftruncateSync,
  openSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { readJsonFile, writeJsonFile } from "../host/json-file.js";
import { withCacheErrors } from "./cache-errors.js";
import type { Validators } from "./http.js";

/** What is downloaded: another URL or another checksum is another file. */
export interface Offer {
  readonly fileName: string;
  readonly url: string;
  /** Of the .xz file, as the server's checksum file has it. */
  readonly sha256: string;
}

export interface PartFile extends Disposable {
  readonly doneBytes: number;
  readonly validators: Validators;
  /** @throws LaneError `disk-full`, `write-failed` (host) */
  append(chunk: Uint8Array): void;
  /** Forgets what is here, and remembers what the server says of the file that comes now. */
  restart(validators: Validators): void;
  /** What is here, from its beginning. */
  read(): AsyncIterable<Uint8Array>;
}

const stateSchema = z.object({
  url: z.string(),
  sha256: z.string(),
  etag: z.string().optional(),
  lastModified: z.string().optional(),
  totalBytes: z.number().int().nonnegative().optional(),
});
type State = z.infer<typeof stateSchema>;

const NOTHING_KNOWN: Validators = {
  etag: undefined,
  lastModified: undefined,
  totalBytes: undefined,
};

/**
 * Opens the part in `folder`, empty where there is none or it is one of another file.
 *
 * @throws LaneError `write-failed` (host)
 * @example
 * using part = openPart(folder, offer);
 * part.append(chunk);
 */
export function openPart(folder: string, offer: Offer): PartFile {
  const path = partPath(folder);
  const known = stateSchema.safeParse(readJsonFile(statePath(folder))).data;
  const isSame = known?.url === offer.url && known.sha256 === offer.sha256;
  let validators = isSame ? validatorsOf(known) : NOTHING_KNOWN;
  let descriptor: number | undefined = withCacheErrors(path, () => openSync(path, "a+"));
  if (!isSame) withCacheErrors(path, () => ftruncateSync(descriptor!, 0));
  let doneBytes = fstatSync(descriptor).size;
  return {
    get doneBytes() {
      return doneBytes;
    },
    get validators() {
      return validators;
    },
    append(chunk) {
      withCacheErrors(path, () => {
        for (let done = 0; done < chunk.length;) done += writeSync(descriptor!, chunk, done);
      });
      doneBytes += chunk.length;
    },
    restart({ etag, lastModified, totalBytes }) {
      validators = { etag, lastModified, totalBytes };
      doneBytes = 0;
      withCacheErrors(path, () => {
        ftruncateSync(descriptor!, 0);
        writeJsonFile(statePath(folder), { url: offer.url, sha256: offer.sha256, ...validators });
      });
    },
    read: () => (doneBytes === 0 ? noBytes() : createReadStream(path, { end: doneBytes - 1 })),
    [Symbol.dispose]() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

/** Removes the part and what is known of it. */
export function removePart(folder: string): void {
  rmSync(partPath(folder), { force: true });
  rmSync(statePath(folder), { force: true });
}

export function partPath(folder: string): string {
  return join(folder, "download.xz");
}

function statePath(folder: string): string {
  return join(folder, "download.json");
}

function validatorsOf({ etag, lastModified, totalBytes }: State): Validators {
  return { etag, lastModified, totalBytes };
}

async function* noBytes(): AsyncIterable<Uint8Array> {
  // Nothing is here yet.
}
