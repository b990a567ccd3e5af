import { createHash, randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { runCommand } from "../host/command.js";
import { startTestServer, type TestServer } from "../images/test-server.js";
import { main } from "./main.js";
import { tempFolder } from "../../test/temp-folder.js";

const NAME = "freebsd-15.0-release";
const FOLDER = "/releases/CI-IMAGES/15.0-RELEASE/amd64/Latest";
const FILE = "FreeBSD-15.0-RELEASE-amd64-BASIC-CI-ufs.raw.xz";

const raw = Buffer.concat([randomBytes(600_000), Buffer.alloc(2_000_000)]);
const scratch = tempFolder("image-command");
let packed: Buffer;
let server: TestServer;
let said: { stdout: string; stderr: string };

// xz runs a time or two; a machine that is busy elsewhere makes that slow, not wrong.
vi.setConfig({ testTimeout: 60_000 });

beforeAll(async () => {
  writeFileSync(join(scratch, "disk.raw"), raw);
  await runCommand({ argv: ["xz", "-0", join(scratch, "disk.raw")] }, 60_000);
  packed = readFileSync(join(scratch, "disk.raw.xz"));
});

beforeEach(async () => {
  vi.stubEnv("XDG_CACHE_HOME", mkdtempSync(join(scratch, "cache-")));
  said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    vi.spyOn(process[name], "write").mockImplementation((text, ...rest: unknown[]) => {
      said[name] += String(text);
      (rest.at(-1) as (() => void) | undefined)?.();
      return true;
    });
  }
  server = await startTestServer();
  const sha256 = createHash("sha256").update(packed).digest("hex");
  server.files.set(`${FOLDER}/${FILE}`, { bytes: packed, etag: '"one"' });
  server.files.set(`${FOLDER}/CHECKSUM.SHA256`, {
    bytes: Buffer.from(`SHA256 (${FILE}) = ${sha256}\n`),
  });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  process.exitCode = 0;
  await server[Symbol.asyncDispose]();
});

/** The exit status; what was written is in `said`. */
async function kernlane(...words: readonly string[]): Promise<number> {
  process.exitCode = 0;
  said = { stdout: "", stderr: "" };
  await main(["node", "kernlane", ...words]);
  return process.exitCode;
}

const fetchIt = () => kernlane("image", "fetch", NAME, "--base-url", server.baseUrl);

test("fetch prints the image's path and no more on stdout, and a second time without the network", async () => {
  expect(await fetchIt()).toBe(0);
  const path = said.stdout.trim();
  expect(said.stdout).toBe(`${path}\n`);
  expect(readFileSync(path).equals(raw)).toBe(true);
  expect(said.stderr).toContain(`${server.baseUrl}${FOLDER}/${FILE}`);
  expect(said.stderr).toContain("its SHA-256 is right");
  const requests = server.requests.length;
  expect(await fetchIt()).toBe(0);
  expect([said.stdout, server.requests.length]).toEqual([`${path}\n`, requests]);
});

test("an interrupted fetch exits with 130, keeps what came, and is gone on with", async () => {
  server.fault = (request, response, file) => {
    if (!request.url?.endsWith(".xz") || request.headers.range !== undefined) return false;
    response.writeHead(200, { etag: '"one"', "content-length": file.bytes.length });
    // The rest never comes; the user does not wait for it.
    response.write(file.bytes.subarray(0, 100_000), () => {
      setTimeout(() => process.emit("SIGINT", "SIGINT"), 300);
    });
    return true;
  };
  expect(await fetchIt()).toBe(130);
  expect(said.stdout).toBe("");
  expect(said.stderr).toContain("interrupted");
  await kernlane("image", "list");
  expect(said.stdout).toContain(`go on with: kernlane image fetch ${NAME}`);
  expect(await fetchIt()).toBe(0);
  expect(server.requests.at(-1)).toMatch(/bytes=[1-9]/);
  expect(readFileSync(said.stdout.trim()).equals(raw)).toBe(true);
});

test("list shows what is there, as a table and as JSON; rm removes it", async () => {
  expect(await kernlane("image", "list")).toBe(0);
  expect(said.stdout).toMatch(/^no images in the cache/);
  await fetchIt();
  const path = said.stdout.trim();
  await kernlane("image", "list");
  expect(said.stdout).toContain(`${NAME}  2.5 MiB`);
  expect(said.stdout).toContain(path);
  await kernlane("image", "list", "--json");
  expect(JSON.parse(said.stdout)).toMatchObject({ images: [{ name: NAME, path }], partial: [] });
  expect(await kernlane("image", "rm", NAME)).toBe(0);
  expect(said.stdout).toMatch(/^removed .* freed\n$/);
  expect(await kernlane("image", "rm", NAME)).toBe(2);
  expect(said.stderr).toContain("error[image-not-cached]");
});

test("verify is content with what was fetched, and exits with 2 when it was changed", async () => {
  await fetchIt();
  const path = said.stdout.trim();
  expect(await kernlane("image", "verify", NAME)).toBe(0);
  expect(said.stdout).toContain(`${NAME} is what was fetched on 2`);
  chmodSync(path, 0o644);
  writeFileSync(path, Buffer.alloc(raw.length));
  expect(await kernlane("image", "verify", NAME)).toBe(2);
  expect(said.stderr).toContain("error[image-changed]");
});

test.each([
  ["a name that no image has", 2, "image-unknown", ["image", "fetch", "freebds-15"]],
  ["a base URL that is none", 2, "bad-base-url", ["image", "fetch", NAME, "--base-url", "x"]],
  ["no image to verify", 2, "image-not-cached", ["image", "verify", NAME]],
])("refuses %s with status %d", async (_, status, code, words) => {
  expect(await kernlane(...words)).toBe(status);
  expect(said.stderr).toContain(`error[${code}]`);
  expect(said.stdout).toBe("");
});

test("exits with 69 when the server cannot be reached", async () => {
  const { baseUrl } = server;
  await server[Symbol.asyncDispose]();
  expect(await kernlane("image", "fetch", NAME, "--base-url", baseUrl)).toBe(69);
  expect(said.stderr).toContain("error[download-failed]");
});
