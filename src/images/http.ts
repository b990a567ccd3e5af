/**
 * HTTP GET that can go on where an earlier one stopped (RFC 9110, sections 13.1.5, 14 and 15.3.7).
 */
import { LaneError, messageOf, systemCodeOf } from "../base/errors.js";

/** What says that the server's file is still the one of which a part is here. */
export interface Validators {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  readonly totalBytes: number | undefined;
}

export interface Response extends Validators {
  /** Where the bytes begin: as asked, or 0 where the server does not go on or its file is another one now. */
  readonly startBytes: number;
  /** @throws LaneError `download-failed` (host) when the connection breaks or stalls */
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface GetOptions {
  /** Go on after so many bytes, if the file is still the same. */
  readonly from?: { readonly bytes: number; readonly validators: Validators };
  readonly signal?: AbortSignal | undefined;
  /** How long the server may send nothing; 60 s if absent. */
  readonly stallMs?: number | undefined;
}

const DEFAULT_STALL_MS = 60_000;
const OK = 200;
const PARTIAL = 206;
const RANGE_REFUSED = 416;

/**
 * @throws LaneError `download-not-found` (usage), `download-failed` (host); or what `signal` was aborted with
 * @example
 * const response = await httpGet(url, { from: { bytes: 4096, validators } });
 * for await (const chunk of response.chunks) append(chunk);
 */
export async function httpGet(url: string, options: GetOptions = {}): Promise<Response> {
  const watch = watchStall(options);
  watch.start();
  try {
    const response = await fetch(url, { headers: headersFor(options), signal: watch.signal });
    const validators = validatorsOf(response.headers);
    const startBytes = startOf(response, options, validators);
    if (startBytes === undefined) {
      await response.body?.cancel();
      watch.stop();
      const mayStartAgain = response.status === PARTIAL || response.status === RANGE_REFUSED;
      if (!options.from || !mayStartAgain) throw badStatus(url, response.status);
      // The server cannot go on with this file: take it from its beginning.
      return await httpGet(url, { signal: options.signal, stallMs: options.stallMs });
    }
    return {
      ...validators,
      totalBytes: sum(startBytes, validators.totalBytes),
      startBytes,
      chunks: readChunks(url, response.body, watch),
    };
  } catch (error) {
    watch.stop();
    throw failureOf(url, error, watch);
  }
}

function headersFor({ from }: GetOptions): Record<string, string> {
  const plain = { "accept-encoding": "identity" };
  if (!from) return plain;
  const { etag, lastModified } = from.validators;
  // A weak tag may not be used here (RFC 9110, 13.1.5).
  const condition = etag?.startsWith('"') ? etag : lastModified;
  const range = { ...plain, range: `bytes=${from.bytes}-` };
  return condition === undefined ? range : { ...range, "if-range": condition };
}

/** Where the response begins, or `undefined` when it is no use. */
function startOf(
  response: { readonly status: number; readonly headers: Headers },
  { from }: GetOptions,
  found: Validators,
): number | undefined {
  if (response.status === OK) return 0;
  if (response.status !== PARTIAL || !from) return undefined;
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
  const { etag, lastModified, totalBytes } = from.validators;
  const same =
    Number(range?.[1]) === from.bytes &&
    (range?.[2] === "*" || totalBytes === undefined || Number(range?.[2]) === totalBytes) &&
    (etag === undefined || found.etag === undefined || etag === found.etag) &&
    (lastModified === undefined ||
      found.lastModified === undefined ||
      lastModified === found.lastModified);
  return same ? from.bytes : undefined;
}

function validatorsOf(headers: Headers): Validators {
  const length = headers.get("content-length");
  return {
    etag: headers.get("etag") ?? undefined,
    lastModified: headers.get("last-modified") ?? undefined,
    totalBytes: length === null ? undefined : Number(length),
  };
}

interface StallWatch {
  readonly signal: AbortSignal;
  readonly user: AbortSignal | undefined;
  readonly stallMs: number;
  /** The time begins (anew). */
  start(): void;
  stop(): void;
  stalled(): boolean;
}

function watchStall(options: GetOptions): StallWatch {
  const stallMs = options.stallMs ?? DEFAULT_STALL_MS;
  const controller = new AbortController();
  const user = options.signal;
  let timer: NodeJS.Timeout | undefined;
  return {
    signal: user ? AbortSignal.any([user, controller.signal]) : controller.signal,
    user,
    stallMs,
    start: () => {
      timer = setTimeout(() => controller.abort(), stallMs);
    },
    stop: () => clearTimeout(timer),
    stalled: () => controller.signal.aborted,
  };
}

async function* readChunks(
  url: string,
  body: AsyncIterable<Uint8Array> | null,
  watch: StallWatch,
): AsyncIterable<Uint8Array> {
  try {
    for await (const chunk of body ?? []) {
      // While the chunk is being used the server is not waited for.
      watch.stop();
      yield chunk;
      watch.start();
    }
  } catch (error) {
    throw failureOf(url, error, watch);
  } finally {
    watch.stop();
  }
}

function failureOf(url: string, error: unknown, watch: StallWatch): unknown {
  if (watch.user?.aborted) return watch.user.reason;
  if (error instanceof LaneError) return error;
  const reason = watch.stalled()
    ? `nothing came for ${watch.stallMs} ms`
    : reasonOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
  return new LaneError("download-failed", `${url} could not be downloaded: ${reason}`, {
    hint: "check the network and run it again: it goes on from where it stopped",
    facts: { url },
    cause: error,
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: "its host name is not known",
  EAI_AGAIN: "its host name could not be looked up",
  ECONNREFUSED: "its host refuses connections",
  ECONNRESET: "the connection broke",
  UND_ERR_SOCKET: "the connection broke",
  UND_ERR_CONNECT_TIMEOUT: "its host does not answer",
};

function reasonOf(cause: unknown): string {
  return REASONS[systemCodeOf(cause) ?? ""] ?? messageOf(cause);
}

function badStatus(url: string, status: number): LaneError {
  const missing = status === 404 || status === 410;
  return new LaneError(
    missing ? "download-not-found" : "download-failed",
    missing
      ? `${url}: there is no such file on the server (status ${status})`
      : `${url} could not be downloaded: the server answered with status ${status}`,
    {
      hint: missing
        ? "check the version in the image's name, and the base URL"
        : "try again later, or name a mirror as base URL",
      facts: { url, status },
    },
  );
}

function sum(a: number, b: number | undefined): number | undefined {
  return b === undefined ? undefined : a + b;
}
