import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { main } from "../../src/cli/main.js";
import { requireInode } from "../../src/disk/ufs2/lookup.js";
import { copyOut } from "../../src/guests/freebsd/copy-out.js";
import { openFreebsdImage } from "../../src/guests/freebsd/image.js";
import { makeGuest } from "./freebsd-tree.js";
import { scratchPath } from "./tools.js";
import { readHashes, readListing, unpackFixture } from "./unpack.js";

const guest = makeGuest();
const fixture = unpackFixture("newfs-suj-gpt");
let said: { stdout: Buffer[]; stderr: string };

beforeEach(() => {
  said = { stdout: [], stderr: "" };
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said.stderr += String(text);
    return true;
  });
  // Streams are piped into stdout: what arrives there is caught in its lowest function.
  vi.spyOn(process.stdout, "write").mockImplementation((...[chunk, ...rest]: unknown[]) => {
    said.stdout.push(Buffer.from(chunk as Uint8Array));
    // What is printed last is waited for.
    const written = rest.find((one) => typeof one === "function");
    if (written !== undefined) process.nextTick(written);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

async function inspect(...words: readonly string[]) {
  said = { stdout: [], stderr: "" };
  process.exitCode = 0;
  await main(["node", "kernlane", "inspect", ...words]);
  const bytes = Buffer.concat(said.stdout);
  return { status: process.exitCode, bytes, stdout: bytes.toString("utf8"), stderr: said.stderr };
}

test("shows the overview as text and as JSON", async () => {
  const { status, stdout } = await inspect(guest);
  expect(status).toBe(0);
  expect(stdout).toContain("TWQDEBUG  TWQDEBUG");
  expect(stdout).toMatch(/\/boot\/loader.conf.d\/50-mine.conf:1 +kernel="TWQDEBUG"/);
  const json: unknown = JSON.parse((await inspect(guest, "--json")).stdout);
  expect(json).toMatchObject({
    path: guest,
    kernels: [{ name: "kernel", ident: "GENERIC" }, {}, {}, {}, {}],
  });
});

test("ls lists what FreeBSD listed, with modes, links, sizes and targets", async () => {
  const listed = readListing("newfs-suj-gpt").filter(({ path }) =>
    /^\/boot\/kernel\/[^/]+$/.test(path),
  );
  const { stdout } = await inspect(fixture, "ls", "-l", "/boot/kernel");
  const lines = stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(listed.length);
  for (const { mode, links, sizeBytes, path, target } of listed) {
    const name = path.slice("/boot/kernel/".length) + (target === undefined ? "" : ` -> ${target}`);
    const line = lines.find((one) => one.endsWith(`  ${name}`))!;
    expect(line.split(/ +/).slice(0, 4)).toEqual([mode, String(links), "0:0", String(sizeBytes)]);
  }
});

test("ls shows a link itself when asked for more, and what is behind it otherwise", async () => {
  expect((await inspect(guest, "ls", "/boot/linked")).stdout).toBe("kernel\n");
  expect((await inspect(guest, "ls", "-l", "/boot/linked")).stdout).toContain(
    "/boot/linked -> TWQDEBUG",
  );
  expect((await inspect(guest, "ls", "-l", "/boot/circle")).stdout).toContain("-> circle");
  expect((await inspect(guest, "ls")).stdout).toBe("bin/\nboot/\netc/\n");
});

test("cat gives the bytes of a file with indirect blocks and of one with holes", async () => {
  const hashes = readHashes("newfs-suj-gpt");
  for (const path of ["/deep/big", "/deep/sparse"]) {
    const { bytes } = await inspect(fixture, "cat", path);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(hashes.get(path));
  }
});

test("cp copies a tree with its bytes, permissions, times and links, and owns what it made", async () => {
  const to = scratchPath("copied");
  const { status, stdout } = await inspect(fixture, "cp", "/boot", to);
  expect([status, stdout]).toEqual([0, `${to}: 2 files, 4.8 MiB\n`]);
  const kernel = readFileSync(join(to, "kernel/kernel"));
  expect(createHash("sha256").update(kernel).digest("hex")).toBe(
    readHashes("newfs-suj-gpt").get("/boot/kernel/kernel"),
  );
  expect(readlinkSync(join(to, "kernel/link"))).toBe("kernel");
  expect(statSync(join(to, "kernel")).mode & 0o7777).toBe(0o755);
  expect(statSync(join(to, "loader.conf")).mtime.toISOString()).toMatch(/^2026-11-23T11:01/);
});

test("cp leaves holes as holes, set-id bits behind, and goes into a folder that is there", async () => {
  const folder = scratchPath("folder");
  mkdirSync(folder);
  await inspect(fixture, "cp", "/deep/sparse", folder);
  const copy = statSync(join(folder, "sparse"));
  expect(copy.size).toBe(9_000_004);
  expect(copy.blocks * 512).toBeLessThan(1_000_000);
  expect(copy.mode & 0o7000).toBe(0);
});

test("cp overwrites nothing and follows no link on the host", async () => {
  const target = scratchPath("mine");
  writeFileSync(target, "mine");
  const link = scratchPath("link");
  symlinkSync(target, link);
  for (const to of [target, link]) {
    const { status, stderr } = await inspect(guest, "cp", "/etc/rc.conf", to);
    expect(status).toBe(2);
    expect(stderr).toContain("error[copy-exists]");
  }
  expect(readFileSync(target, "utf8")).toBe("mine");
  const { status, stderr } = await inspect(guest, "cp", "/etc", join(target, "x"));
  expect(status).toBe(69);
  expect(stderr).toContain("error[copy-failed]");
});

test("refuses to copy a name that leads out of the folder", () => {
  const image = makeGuest({ "out/NNNNNNNN": "x" });
  const bytes = readFileSync(image);
  bytes.write("../ESCAP", bytes.indexOf("NNNNNNNN"), "latin1");
  writeFileSync(image, bytes);
  using hostile = openFreebsdImage(image);
  const to = scratchPath("inside");
  expect(() => copyOut(hostile, "/out", to)).toThrow(
    expect.objectContaining({ code: "ufs2-damaged" }) as Error,
  );
  expect(existsSync(join(to, "../ESCAP"))).toBe(false);
});

test("refuses to copy a directory that is in itself", () => {
  const image = makeGuest({ "loop/DDDDDDDD/leaf": "x", "loop/other": "y" });
  using disk = openFreebsdImage(image);
  const { number } = requireInode(disk.fs, "/loop");
  const inner = requireInode(disk.fs, "/loop/DDDDDDDD").number;
  const bytes = readFileSync(image);
  const at = bytes.indexOf("DDDDDDDD") - 8;
  expect(bytes.readUInt32LE(at)).toBe(inner);
  bytes.writeUInt32LE(number, at);
  const path = scratchPath("loop.img");
  writeFileSync(path, bytes);
  using hostile = openFreebsdImage(path);
  expect(() => copyOut(hostile, "/", scratchPath("all"))).toThrow(
    expect.objectContaining({ code: "ufs2-damaged" }) as Error,
  );
});

test("makes control characters of names visible", async () => {
  const image = makeGuest({ "etc/\u001b]0;owned\u0007": "x" });
  const { stdout } = await inspect(image, "ls", "-l", "/etc");
  expect(stdout).toContain("^[]0;owned^G");
  expect(stdout.replaceAll("\n", "")).not.toMatch(/[\x00-\x1f\x7f]/);
});

test("cat on a terminal makes control characters visible", async () => {
  const image = makeGuest({ "etc/motd": "\u001b[31mred\u001b[0m\nlast" });
  const { isTTY } = process.stdout;
  process.stdout.isTTY = true;
  try {
    expect((await inspect(image, "cat", "/etc/motd")).stdout).toBe("^[[31mred^[[0m\nlast\n");
  } finally {
    process.stdout.isTTY = isTTY;
  }
});

test.each([
  ["guest-path-not-found", "did you mean /boot/kernel?", ["ls", "/boot/kernal"]],
  ["guest-path-not-found", "/etc has rc.conf", ["cat", "/etc/nothing/at/all"]],
  ["guest-path-not-found", "leads no further", ["cat", "/etc/rc.conf/x"]],
  ["guest-path-loops", "symbolic links", ["cat", "/boot/circle"]],
  ["guest-path-unfit", "regular file", ["cat", "/etc"]],
  ["inspect-misused", "needs the path", ["cat"]],
  ["inspect-misused", "to copy to", ["cp", "/etc"]],
  ["inspect-misused", "--json", ["ls", "--json"]],
  ["inspect-misused", "--long", ["cat", "-l", "/etc/rc.conf"]],
  ["inspect-misused", "takes no", ["ls", "/etc", "x"]],
])("exits with 2 and says %s: %s", async (code, text, words) => {
  const { status, stdout, stderr } = await inspect(guest, ...words);
  expect(status).toBe(2);
  // Whoever asked for JSON gets the error as JSON, too.
  const hasJson = (words as readonly string[]).includes("--json");
  expect(stdout).toEqual(hasJson ? expect.stringContaining(`"code": "${code}"`) : "");
  expect(stderr).toContain(`error[${code}]`);
  expect(stderr).toContain(text);
});
