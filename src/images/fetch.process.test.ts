import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { runCommand } from "../host/command.js";
import { identifySelf } from "../host/owner.js";
import { findCachedImage, listImages, removeImage } from "./cache.js";
import type { FetchEvent } from "./download.js";
import { fetchImage, type FetchOptions } from "./fetch.js";
import { cutAfter, startDownloadServer, type DownloadServer } from "../../test/download-server.js";
import { verifyImage } from "./verify.js";
import { tempFolder } from "../../test/temp-folder.js";

const NAME = "freebsd-15.0-release";
const CI = "/releases/CI-IMAGES/15.0-RELEASE/amd64/Latest";
const VM = "/releases/VM-IMAGES/15.0-RELEASE/amd64/Latest";
const FILE = "FreeBSD-15.0-RELEASE-amd64-BASIC-CI-ufs.raw.xz";
const MIB = 1024 * 1024;

/** Data, a long run of zeros, data, and zeros to the end. */
const raw = Buffer.concat([
  randomBytes(MIB),
  Buffer.alloc(5 * MIB),
  randomBytes(100_003),
  Buffer.alloc(MIB),
]);
let packed: Buffer;
let server: DownloadServer;
let cache: string;
let events: FetchEvent[];

// Each test runs xz a time or two; a machine that is busy elsewhere makes that slow, not wrong.
vi.setConfig({ testTimeout: 60_000 });

beforeAll(async () => {
  packed = await pack(raw);
});
beforeEach(async () => {
  server = await startDownloadServer();
  cache = tempFolder("images");
  vi.stubEnv("XDG_CACHE_HOME", cache);
  events = [];
  offer(CI, FILE, packed);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server[Symbol.asyncDispose]();
});

async function pack(bytes: Uint8Array): Promise<Buffer> {
  const path = join(tempFolder("pack"), "disk.raw");
  writeFileSync(path, bytes);
  expect(await runCommand({ argv: ["xz", "-0", path] }, 60_000)).toMatchObject({ code: 0 });
  return readFileSync(`${path}.xz`);
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

function offer(folder: string, file: string, bytes: Buffer, checksum = sha256(bytes)): void {
  const etag = `"${sha256(bytes).slice(0, 8)}"`;
  server.files.set(`${folder}/${file}`, { bytes, etag });
  const line = Buffer.from(`SHA256 (${file}) = ${checksum}\n`);
  server.files.set(`${folder}/CHECKSUM.SHA256`, { bytes: line });
}

function fetchIt(options: FetchOptions = {}) {
  return fetchImage(NAME, {
    baseUrl: server.baseUrl,
    onEvent: (event) => events.push(event),
    ...options,
  });
}

/** The events that do not depend on how fast it went. */
const kinds = (): string[] =>
  events.map(({ kind }) => kind).filter((kind) => kind !== "progress" && kind !== "rereading");
const fileIn = (name: string): string => join(cache, "kernlane", "images", NAME, name);
const imageRequests = (): string[] =>
  server.requests
    .filter((line) => line.includes(FILE))
    .map((line) => line.replace(`${CI}/${FILE}`, ""));

/** Breaks the first `times` transfers of the image after so many bytes. */
function breakTransfers(times: number, afterBytes: number): void {
  let left = times;
  server.fault = (request, response, file) => {
    if (!request.url?.endsWith(".xz") || left-- <= 0) return false;
    cutAfter(afterBytes, request, response, file);
    return true;
  };
}

test("fetches, checks and unpacks an image, sparse and not writable", async () => {
  const image = await fetchIt();
  expect(image).toMatchObject({
    name: NAME,
    fileName: FILE,
    url: `${server.baseUrl}${CI}/${FILE}`,
    packedSha256: sha256(packed),
    packedBytes: packed.length,
    rawSha256: sha256(raw),
    rawBytes: raw.length,
    path: fileIn("disk.raw"),
  });
  expect(readFileSync(image.path).equals(raw)).toBe(true);
  expect(image.storedBytes).toBeLessThan(2 * MIB);
  expect(statSync(image.path).mode & 0o222).toBe(0);
  expect(kinds()).toEqual(["file", "verified"]);
  const last = events.filter((event) => event.kind === "progress").at(-1);
  expect(last).toMatchObject({ doneBytes: packed.length, totalBytes: packed.length });
  for (const gone of ["download.xz", "download.json", "unpacking.raw", "lock"]) {
    expect(existsSync(fileIn(gone))).toBe(false);
  }
});

test("asks the server for nothing when the image is there", async () => {
  const image = await fetchIt();
  server.requests.length = 0;
  expect(await fetchIt()).toEqual(image);
  expect(server.requests).toEqual([]);
});

test("takes the plain UFS image where there is no CI image, and the older names", async () => {
  server.files.clear();
  offer(VM, "FreeBSD-15.0-RELEASE-amd64.raw.xz", packed);
  expect((await fetchIt()).fileName).toBe("FreeBSD-15.0-RELEASE-amd64.raw.xz");
});

test("reads a checksum file past what is no checksum in it", async () => {
  const hex = sha256(packed);
  const lines = [
    "-----BEGIN PGP SIGNED MESSAGE-----",
    `SHA512 (${FILE}) = 00`,
    `SHA256 (../${FILE}) = ${"0".repeat(64)}`,
    `SHA256 (${FILE}) = ${hex.toUpperCase()}`,
  ];
  server.files.set(`${CI}/CHECKSUM.SHA256`, { bytes: Buffer.from(lines.join("\r\n")) });
  expect(await fetchIt()).toMatchObject({ fileName: FILE, packedSha256: hex });
});

test("resumes over a new connection where the old one broke", async () => {
  breakTransfers(2, 300_000);
  await fetchIt();
  const resumed = imageRequests().map((range) => range.trim());
  // What a broken connection had sent and not yet delivered is asked for again.
  const offsets = resumed.slice(1).map((range) => Number(/^bytes=(\d+)-$/.exec(range)?.[1]));
  expect(resumed[0]).toBe("");
  expect(offsets).toHaveLength(2);
  expect(offsets[0]).toBeGreaterThan(0);
  expect(offsets[0]).toBeLessThanOrEqual(300_000);
  expect(offsets[1]).toBeGreaterThan(offsets[0]!);
  expect(offsets[1]).toBeLessThanOrEqual(offsets[0]! + 300_000);
  expect(kinds()).toEqual(["file", "reconnecting", "reconnecting", "verified"]);
  expect((await verifyImage(NAME)).rawSha256).toBe(sha256(raw));
});

test("gives up after three connections that bring nothing, and the next fetch resumes", async () => {
  breakTransfers(4, 300_000);
  const fault = server.fault!;
  let transfers = 0;
  server.fault = (request, response, file) => {
    if (!request.url?.endsWith(".xz") || ++transfers === 1) return fault(request, response, file);
    response.destroy();
    return true;
  };
  await expect(fetchIt()).rejects.toMatchObject({ code: "download-failed", who: "host" });
  expect(transfers).toBe(4);
  expect(listImages()).toEqual({ images: [], partial: [{ name: NAME, doneBytes: 300_000 }] });
  expect(existsSync(fileIn("unpacking.raw"))).toBe(false);

  server.fault = undefined;
  server.requests.length = 0;
  events = [];
  await fetchIt();
  expect(events[0]).toMatchObject({ kind: "file", doneBytes: 300_000 });
  expect(imageRequests()).toEqual([" bytes=300000-"]);
});

test("starts again when the server ignores the range", async () => {
  breakTransfers(1, 300_000);
  const cut = server.fault!;
  server.fault = (request, response, file) => {
    delete request.headers.range;
    return cut(request, response, file);
  };
  await fetchIt();
  expect(kinds()).toEqual(["file", "reconnecting", "started-again", "verified"]);
  expect(events).toContainEqual({ kind: "started-again", lostBytes: 300_000 });
});

test("starts again when the file on the server is another one than the part that is here", async () => {
  breakTransfers(9, 300_000);
  const controller = new AbortController();
  const onEvent = (event: FetchEvent): void => {
    if (event.kind === "reconnecting") controller.abort(new Error("enough"));
  };
  await expect(fetchIt({ onEvent, signal: controller.signal })).rejects.toThrow("enough");
  expect(listImages().partial).toMatchObject([{ doneBytes: 300_000 }]);

  // The same name and checksum line, but what is served has another tag: a mirror that was half updated.
  server.fault = undefined;
  server.files.set(`${CI}/${FILE}`, { bytes: packed, etag: '"other"' });
  await fetchIt();
  expect(kinds()).toEqual(["file", "started-again", "verified"]);
});

test("throws the part away when the checksum file names another file now", async () => {
  breakTransfers(9, 300_000);
  const controller = new AbortController();
  const onEvent = (): void => controller.abort(new Error("enough"));
  await expect(fetchIt({ onEvent, signal: controller.signal })).rejects.toThrow("enough");
  server.fault = undefined;
  const other = await pack(Buffer.alloc(2 * MIB, "another image "));
  offer(CI, FILE, other);
  events = [];
  expect(await fetchIt()).toMatchObject({ rawBytes: 2 * MIB });
  expect(events[0]).toMatchObject({ kind: "file", doneBytes: 0 });
});

test("refuses a file whose checksum is wrong, and keeps nothing of it", async () => {
  offer(CI, FILE, packed, "0".repeat(64));
  await expect(fetchIt()).rejects.toMatchObject({
    code: "image-checksum",
    who: "host",
    message: expect.stringContaining(`found the SHA-256 ${sha256(packed)}, expected 000`) as string,
  });
  expect(listImages()).toEqual({ images: [], partial: [] });
  expect(existsSync(fileIn("disk.raw"))).toBe(false);
});

test("says what xz said of a file that is right by its checksum and no xz file", async () => {
  offer(CI, FILE, Buffer.alloc(3 * MIB, "not xz "));
  await expect(fetchIt()).rejects.toMatchObject({
    code: "image-unpack-failed",
    who: "host",
    message: expect.stringContaining("File format not recognized") as string,
  });
  expect(findCachedImage(NAME)).toBeUndefined();
});

test.each([
  ["image-not-offered", "usage", () => server.files.clear()],
  ["download-not-found", "usage", () => server.files.delete(`${CI}/${FILE}`)],
  [
    "download-failed",
    "host",
    () => {
      server.fault = (_request, response) => Boolean(response.writeHead(503).end());
    },
  ],
])("reports %s when the server has it that way", async (code, who, arrange) => {
  arrange();
  await expect(fetchIt()).rejects.toMatchObject({ code, who });
  expect(listImages()).toEqual({ images: [], partial: [] });
});

test("gives up on a server that says nothing any more", async () => {
  server.fault = (request, response) => {
    if (request.url?.endsWith(".xz")) response.writeHead(200).flushHeaders();
    return Boolean(request.url?.endsWith(".xz"));
  };
  await expect(fetchIt({ stallMs: 50 })).rejects.toMatchObject({
    code: "download-failed",
    message: expect.stringContaining("nothing came for 50 ms") as string,
  });
});

test("names a host that refuses connections, and a base URL that is none", async () => {
  const gone = await startDownloadServer();
  await gone[Symbol.asyncDispose]();
  await expect(fetchIt({ baseUrl: gone.baseUrl })).rejects.toThrow("its host refuses connections");
  await expect(fetchIt({ baseUrl: "ftp://x" })).rejects.toMatchObject({ code: "bad-base-url" });
});

test("refuses, before it takes a byte, an image for which there is no room", async () => {
  server.fault = (request, response) => {
    if (!request.url?.endsWith(".xz")) return false;
    response.writeHead(200, { "content-length": String(2 ** 52) });
    response.flushHeaders();
    return true;
  };
  await expect(fetchIt()).rejects.toMatchObject({ code: "disk-full", who: "host" });
  expect(listImages().partial).toEqual([]);
});

test("lets one fetch at a time at an image, and takes over the lock of one that died", async () => {
  const first = fetchIt();
  await expect(fetchIt()).rejects.toMatchObject({ code: "image-busy", who: "usage" });
  await first;
  await removeImage(NAME);
  const dead = { ...(await identifySelf()), startedAt: "never" };
  mkdirSync(join(cache, "kernlane", "images", NAME), { recursive: true });
  writeFileSync(fileIn("lock"), JSON.stringify({ token: "x", owner: dead }));
  expect(await fetchIt()).toMatchObject({ name: NAME });
});

test("finds an image that was changed since, and one that is gone", async () => {
  const { path } = await fetchIt();
  chmodSync(path, 0o644);
  writeFileSync(path, Buffer.from(raw.with(5, raw[5]! ^ 1)));
  await expect(verifyImage(NAME)).rejects.toMatchObject({ code: "image-changed", who: "image" });
  rmSync(path);
  await expect(verifyImage(NAME)).rejects.toMatchObject({ code: "image-not-cached" });
});

test("lists and removes images, and knows what it does not have", async () => {
  const image = await fetchIt();
  expect(listImages()).toEqual({ images: [image], partial: [] });
  expect(await removeImage(NAME)).toBeGreaterThanOrEqual(image.storedBytes);
  expect(listImages()).toEqual({ images: [], partial: [] });
  await expect(removeImage(NAME)).rejects.toMatchObject({ code: "image-not-cached" });
  await expect(removeImage("../../etc")).rejects.toMatchObject({ code: "image-unknown" });
});
