/** A download server on the loopback, with the faults that real ones show. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ServedFile {
  readonly bytes: Uint8Array;
  readonly etag?: string;
  readonly lastModified?: string;
}

export interface DownloadServer extends AsyncDisposable {
  readonly baseUrl: string;
  /** By path, with its leading slash; may be changed between requests. */
  readonly files: Map<string, ServedFile>;
  /** Answers a request itself by returning true; the plain file is served otherwise. */
  fault:
    ((request: IncomingMessage, response: ServerResponse, file: ServedFile) => boolean) | undefined;
  /** `PATH` or `PATH RANGE` of every request so far. */
  readonly requests: string[];
}

export async function startDownloadServer(): Promise<DownloadServer> {
  const files = new Map<string, ServedFile>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push([request.url, request.headers.range].filter(Boolean).join(" "));
    const file = files.get(request.url ?? "");
    if (!file) response.writeHead(404).end("no such file");
    else if (!self.fault?.(request, response, file)) serve(request, response, file);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const self: DownloadServer = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files,
    fault: undefined,
    requests,
    [Symbol.asyncDispose]: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return self;
}

/** The whole file, or from where it was asked for if it is still the same (RFC 9110, 13.1.5). */
function serve(request: IncomingMessage, response: ServerResponse, file: ServedFile): void {
  const headers = validatorHeaders(file);
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const condition = request.headers["if-range"]?.toString();
  const isSame = condition === undefined || [file.etag, file.lastModified].includes(condition);
  if (from === 0 || !isSame) {
    response.writeHead(200, { ...headers, "content-length": file.bytes.length }).end(file.bytes);
  } else if (from >= file.bytes.length) {
    response.writeHead(416, { "content-range": `bytes */${file.bytes.length}` }).end();
  } else {
    const rest = file.bytes.subarray(from);
    const range = `bytes ${from}-${file.bytes.length - 1}/${file.bytes.length}`;
    response
      .writeHead(206, { ...headers, "content-length": rest.length, "content-range": range })
      .end(rest);
  }
}

/** A response that promises the rest of the file, sends `count` bytes of it and breaks the connection. */
export function cutAfter(
  count: number,
  request: IncomingMessage,
  response: ServerResponse,
  file: ServedFile,
): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const total = file.bytes.length;
  const range = { "content-range": `bytes ${from}-${total - 1}/${total}` };
  response.writeHead(from > 0 ? 206 : 200, {
    ...validatorHeaders(file),
    "content-length": total - from,
    ...(from > 0 && range),
  });
  response.write(file.bytes.subarray(from, from + count), () => response.destroy());
}

function validatorHeaders({ etag, lastModified }: ServedFile): Record<string, string> {
  return {
    ...(etag !== undefined && { etag }),
    ...(lastModified !== undefined && { "last-modified": lastModified }),
  };
}
