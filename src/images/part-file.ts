/**
 * The part of a download that is here already, kept between runs: `download.xz`, and beside it what it is a part of.
 */
import { closeSync, createReadStream, ftruncateSync, fstatSync, openSync } from "node:fs";
import { rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { withDiskErrors } from "../host/disk-errors.js";
import { readJsonFile, writeJsonFile } from "../host/json-file.js";
import type { Validators } from "./http.js";
import type { Offer } from "./offer.js";

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

/**
 * Opens the part in `folder`, empty where there is none or it is one of another file.
 *
 * @throws LaneError `write-failed` (host)
 */
export function openPart(folder: string, { url, sha256 }: Offer): PartFile {
  const path = partPath(folder);
  const known = stateSchema.safeParse(readJsonFile(statePath(folder))).data;
  const isSame = known?.url === url && known.sha256 === sha256;
  const descriptor = withDiskErrors(path, () => openSync(path, "a+"));
  if (!isSame) withDiskErrors(path, () => ftruncateSync(descriptor, 0));
  let validators: Validators = isSame ? known : {};
  let doneBytes = fstatSync(descriptor).size;
  return {
    get doneBytes() {
      return doneBytes;
    },
    get validators() {
      return validators;
    },
    append(chunk) {
      withDiskErrors(path, () => {
        for (let done = 0; done < chunk.length;) done += writeSync(descriptor, chunk, done);
      });
      doneBytes += chunk.length;
    },
    restart({ etag, lastModified, totalBytes }) {
      validators = { etag, lastModified, totalBytes };
      doneBytes = 0;
      withDiskErrors(path, () => {
        ftruncateSync(descriptor, 0);
        writeJsonFile(statePath(folder), { url, sha256, ...validators });
      });
    },
    async *read() {
      if (doneBytes > 0) yield* createReadStream(path, { end: doneBytes - 1 });
    },
    [Symbol.dispose]: () => closeSync(descriptor),
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
