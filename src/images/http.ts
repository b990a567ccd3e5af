/**
 * HTTP GET through Node's fetch, resumed where an earlier one stopped (RFC 9110, sections 13.1.5, 14 and 15.3.7).
 */
import { LaneError, messageOf, systemCodeOf } from "../base/errors.js";
import { startFairTimer } from "../host/fair-timer.js";

/** What says that the server's file is still the one of which a part is here. */
export interface Validators {
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  readonly totalBytes?: number | undefined;
}

export interface Response extends Validators {
  /** Where the bytes begin: as asked, or 0 where the server cannot resume or its file is another one now. */
  readonly startBytes: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface GetOptions {
  /** Resume after so many bytes, if the file is still the same. */
  readonly from?: { readonly bytes: number; readonly validators: Validators } | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long the server may send nothing; 60 s if absent. */
  readonly stallMs?: number | undefined;
}

const DEFAULT_STALL_MS = 60_000;

/**
 * Gets a file and hands the response on; when `use` has settled the connection is closed, whatever is left of the file.
 *
 * @throws LaneError `download-not-found` (usage), `download-failed` (host); what `signal` was aborted with; what `use` throws
 * @example await httpGet(url, {}, async ({ chunks }) => { for await (const chunk of chunks) append(chunk); });
 */
export async function httpGet<T>(
  url: string,
  options: GetOptions,
  use: (response: Response) => Promise<T>,
): Promise<T> {
  const { signal, stallMs = DEFAULT_STALL_MS } = options;
  const ended = new AbortController();
  let hasStalled = false;
  using timer = startFairTimer(stallMs, () => {
    hasStalled = true;
    ended.abort();
  });
  const asFailure = (error: unknown): unknown => {
    if (signal?.aborted) return signal.reason;
    if (error instanceof LaneError) return error;
    return failed(url, hasStalled ? `nothing came for ${stallMs} ms` : reasonOf(error), error);
  };
  try {
    const signals = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal;
    const found = await open(url, options, signals).catch((error: unknown) => {
      throw asFailure(error);
    });
    return await use({ ...found, chunks: readChunks(found.body, timer, asFailure) });
  } finally {
    ended.abort();
  }
}

type Opened = Omit<Response, "chunks"> & { readonly body: AsyncIterable<Uint8Array> | null };

async function open(url: string, { from }: GetOptions, signal: AbortSignal): Promise<Opened> {
  const response = await fetch(url, { headers: headersFor(from), signal });
  const validators = validatorsOf(response.headers);
  const startBytes =
    response.status === 206 && from && isRestOf(response, from, validators) ? from.bytes : 0;
  if (response.status === 200 || startBytes > 0) {
    const { totalBytes } = validators;
    const wholeBytes = totalBytes === undefined ? undefined : startBytes + totalBytes;
    return { ...validators, totalBytes: wholeBytes, startBytes, body: response.body };
  }
  await response.body?.cancel();
  // 416: there is no such range. Neither can be resumed with: the file is taken from its beginning.
  if (from && (response.status === 206 || response.status === 416)) return open(url, {}, signal);
  throw badStatus(url, response.status);
}

function headersFor(from: GetOptions["from"]): Record<string, string> {
  const plain = { "accept-encoding": "identity" };
  if (!from) return plain;
  const { etag, lastModified } = from.validators;
  // A weak tag may not be used here (RFC 9110, 13.1.5).
  const condition = etag?.startsWith('"') ? etag : lastModified;
  const range = { ...plain, range: `bytes=${from.bytes}-` };
  return condition === undefined ? range : { ...range, "if-range": condition };
}

function isRestOf(
  { headers }: { readonly headers: Headers },
  { bytes, validators }: NonNullable<GetOptions["from"]>,
  found: Validators,
): boolean {
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
  const total = range?.[2] === "*" ? undefined : Number(range?.[2]);
  return (
    Number(range?.[1]) === bytes &&
    mayBeSame(validators.totalBytes, total) &&
    mayBeSame(validators.etag, found.etag) &&
    mayBeSame(validators.lastModified, found.lastModified)
  );
}

function mayBeSame<T>(known: T | undefined, found: T | undefined): boolean {
  return known === undefined || found === undefined || known === found;
}

function validatorsOf(headers: Headers): Validators {
  const length = headers.get("content-length");
  return {
    etag: headers.get("etag") ?? undefined,
    lastModified: headers.get("last-modified") ?? undefined,
    totalBytes: length === null ? undefined : Number(length),
  };
}

async function* readChunks(
  body: AsyncIterable<Uint8Array> | null,
  timer: { readonly restart: () => void; readonly stop: () => void },
  asFailure: (error: unknown) => unknown,
): AsyncIterable<Uint8Array> {
  try {
    for await (const chunk of body ?? []) {
      // While the chunk is being used the server is not waited for.
      timer.stop();
      yield chunk;
      timer.restart();
    }
  } catch (error) {
    throw asFailure(error);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: "its host name is not known",
  EAI_AGAIN: "its host name could not be looked up",
  ECONNREFUSED: "its host refuses connections",
  ECONNRESET: "the connection broke",
  UND_ERR_SOCKET: "the connection broke",
  UND_ERR_CONNECT_TIMEOUT: "its host does not answer",
};

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return REASONS[systemCodeOf(cause) ?? ""] ?? messageOf(cause);
}

/** @param hint default: that it can be run again */
export function failed(url: string, reason: string, cause?: unknown, hint?: string): LaneError {
  return new LaneError("download-failed", `${url} could not be downloaded: ${reason}`, {
    hint: hint ?? "check the network and run it again: it resumes where it stopped",
    facts: { url },
    cause,
  });
}

export const OTHER_SERVER = "try again later, or name a mirror as base URL";

function badStatus(url: string, status: number): LaneError {
  if (status !== 404 && status !== 410)
    return failed(url, `the server answered with status ${status}`, undefined, OTHER_SERVER);
  return new LaneError("download-not-found", `${url}: the server has no such file (${status})`, {
    hint: "check the version in the image's name, and the base URL",
    facts: { url, status },
  });
}
