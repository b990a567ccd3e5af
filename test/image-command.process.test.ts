/** `kernlane image` as a process of its own, with a download server on the loopback. */
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { runCommand } from "../src/host/command.js";
import { kernlane, start, until } from "./cli-process.js";
import { cutAfter, startDownloadServer, type DownloadServer } from "./download-server.js";
import { tempFolder } from "./temp-folder.js";

const NAME = "freebsd-15.0-release";
const FOLDER = "/releases/CI-IMAGES/15.0-RELEASE/amd64/Latest";
const FILE = "FreeBSD-15.0-RELEASE-amd64-BASIC-CI-ufs.raw.xz";

const raw = Buffer.concat([randomBytes(600_000), Buffer.alloc(2_000_000)]);
const scratch = tempFolder("image-command");
let packed: Buffer;
let server: DownloadServer;

beforeAll(async () => {
  writeFileSync(join(scratch, "disk.raw"), raw);
  await runCommand({ argv: ["xz", "-0", join(scratch, "disk.raw")] }, 60_000);
  packed = readFileSync(join(scratch, "disk.raw.xz"));
});

beforeEach(async () => {
  vi.stubEnv("XDG_CACHE_HOME", mkdtempSync(join(scratch, "cache-")));
  server = await startDownloadServer();
  const sha256 = createHash("sha256").update(packed).digest("hex");
  server.files.set(`${FOLDER}/${FILE}`, { bytes: packed, etag: '"one"' });
  server.files.set(`${FOLDER}/CHECKSUM.SHA256`, {
    bytes: Buffer.from(`SHA256 (${FILE}) = ${sha256}\n`),
  });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server[Symbol.asyncDispose]();
});

const fetchArguments = () => ["image", "fetch", NAME, "--base-url", server.baseUrl];
const fetchIt = () => kernlane(fetchArguments());

test("fetch prints the image's path and no more on stdout, and a second time without the network", async () => {
  const first = await fetchIt();
  expect(first.status).toBe(0);
  const path = first.stdout.trim();
  expect(first.stdout).toBe(`${path}\n`);
  expect(readFileSync(path).equals(raw)).toBe(true);
  expect(first.stderr).toContain(`${server.baseUrl}${FOLDER}/${FILE}`);
  expect(first.stderr).toContain("its SHA-256 is right");
  const requests = server.requests.length;
  expect(await fetchIt()).toMatchObject({ status: 0, stdout: `${path}\n` });
  expect(server.requests.length).toBe(requests);
});

test("an interrupted fetch exits with 130, keeps what came, and is resumed", async () => {
  let begun = (): void => undefined;
  const hasBegun = new Promise<void>((resolve) => (begun = resolve));
  server.fault = (request, response, file) => {
    if (!request.url?.endsWith(".xz") || request.headers.range !== undefined) return false;
    response.writeHead(200, { etag: '"one"', "content-length": file.bytes.length });
    // The rest never comes; the user does not wait for it.
    response.write(file.bytes.subarray(0, 100_000), begun);
    return true;
  };
  const { child, finished, said } = start(fetchArguments(), scratch);
  await hasBegun;
  await said(FILE);
  const part = join(process.env["XDG_CACHE_HOME"]!, "kernlane", "images", NAME, "download.xz");
  await until(() => statSync(part, { throwIfNoEntry: false })?.size === 100_000);
  child.kill("SIGINT");
  const { status, stdout, stderr } = await finished;
  expect([status, stdout]).toEqual([130, ""]);
  expect(stderr).toContain("interrupted: what has come is kept");
  const list = await kernlane(["image", "list"]);
  expect(list.stdout).toContain(`resume with: kernlane image fetch ${NAME}`);
  const resumed = await fetchIt();
  expect(resumed.status).toBe(0);
  expect(server.requests.at(-1)).toMatch(/bytes=[1-9]/);
  expect(readFileSync(resumed.stdout.trim()).equals(raw)).toBe(true);
}, 60_000);

test("fetch ends when it is done, also of a server that keeps its connections and starts again", async () => {
  let transfers = 0;
  server.fault = (request, response, file) => {
    if (!request.url?.endsWith(".xz") || ++transfers > 2) return false;
    delete request.headers.range;
    // Cut off once, and then another file, of which more comes than anyone reads.
    if (transfers === 1) cutAfter(100_000, request, response, file);
    else {
      response.writeHead(200, { etag: '"two"', "content-length": file.bytes.length });
      response.write(file.bytes.subarray(0, 1000));
    }
    return true;
  };
  const { child, finished } = start(fetchArguments(), scratch);
  const openWhenDone = new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
  await openWhenDone;
  // What the process still waits for shows in whether it ends before the stall time of a minute, which is the test's limit.
  expect((await finished).status).toBe(0);
}, 30_000);

test("list shows what is there, as a table and as JSON; rm removes it", async () => {
  expect((await kernlane(["image", "list"])).stdout).toMatch(/^no images in the cache/);
  const path = (await fetchIt()).stdout.trim();
  const { stdout } = await kernlane(["image", "list"]);
  expect(stdout).toContain(`${NAME}  2.5 MiB`);
  expect(stdout).toContain(path);
  const json = await kernlane(["image", "list", "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({ images: [{ name: NAME, path }], partial: [] });
  const removed = await kernlane(["image", "rm", NAME]);
  expect([removed.status, removed.stdout]).toEqual([
    0,
    expect.stringMatching(/^removed .* freed\n$/),
  ]);
  const again = await kernlane(["image", "rm", NAME]);
  expect([again.status, again.stderr]).toEqual([
    2,
    expect.stringContaining("error[image-not-cached]"),
  ]);
});

test("verify is content with what was fetched, and exits with 2 when it was changed", async () => {
  const path = (await fetchIt()).stdout.trim();
  const sound = await kernlane(["image", "verify", NAME]);
  expect(sound.stdout).toContain(`${NAME} is what was fetched on 2`);
  chmodSync(path, 0o644);
  writeFileSync(path, Buffer.alloc(raw.length));
  const changed = await kernlane(["image", "verify", NAME]);
  expect([changed.status, changed.stderr]).toEqual([
    2,
    expect.stringContaining("error[image-changed]"),
  ]);
});

test.each([
  ["a name that no image has", 2, "image-unknown", ["image", "fetch", "freebds-15"]],
  ["a base URL that is none", 2, "bad-base-url", ["image", "fetch", NAME, "--base-url", "x"]],
  ["no image to verify", 2, "image-not-cached", ["image", "verify", NAME]],
  [
    "a server that cannot be reached",
    69,
    "download-failed",
    ["image", "fetch", NAME, "--base-url", "http://127.0.0.1:9"],
  ],
])("refuses %s with status %d", async (_, status, code, words) => {
  const refused = await kernlane(words);
  expect(refused).toMatchObject({ status, stdout: "" });
  expect(refused.stderr).toContain(`error[${code}]`);
});
