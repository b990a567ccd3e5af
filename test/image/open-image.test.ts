import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { basename, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { openImage } from "../../src/disk/open-image.js";
import { findRoots } from "../../src/disk/disk-root.js";
import { planFiles } from "../../src/disk/ufs2/plan.js";
import { readFile } from "../../src/disk/ufs2/lookup.js";
import { openFileSystem } from "../../src/disk/ufs2/file-system.js";
import { openEdited } from "./model.js";
import { makefsImage, scratchPath } from "./tools.js";
import { putHeader, putProtectiveMbr, ufsEntries } from "../fixtures/gpt.js";
import { checkFileSystem } from "./ufs2-check/check.js";

const MIB = 1024 * 1024;

function overlay(path: string, backing: string, format = "raw"): string {
  const options = ["-q", "-u", "-f", "qcow2", "-b", backing, "-F", format];
  execFileSync("qemu-img", ["create", ...options, path, "8M"]);
  return path;
}

function rawDisk(): string {
  const path = scratchPath("base.raw");
  writeFileSync(path, "the base");
  truncateSync(path, 8 * MIB);
  return path;
}

const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error;

test("names the image that needs a missing backing file, and the file", () => {
  const top = overlay(scratchPath("top.qcow2"), "gone.raw");
  const gone = join(dirname(top), "gone.raw");
  expect(() => openImage(top)).toThrow(
    refusal(
      "image-not-found",
      new RegExp(
        `^${top} needs a backing file .*"gone.raw" in its header.*: ${gone} does not exist`,
      ),
    ),
  );
});

test("names the link of a chain whose backing file is missing, not the image that was opened", () => {
  const middle = overlay(scratchPath("middle.qcow2"), "/nowhere/gone.raw");
  const top = overlay(scratchPath("top.qcow2"), middle, "qcow2");
  expect(() => openImage(top)).toThrow(`${middle} needs a backing file`);
});

test("says which image wants a folder, or a thing that is not a path, as its backing file", () => {
  const folder = scratchPath("folder");
  mkdirSync(folder);
  const onFolder = overlay(scratchPath("top.qcow2"), folder);
  expect(() => openImage(onFolder)).toThrow(
    refusal("image-not-a-file", new RegExp(`^${onFolder} needs .*${folder} is a directory`)),
  );
  const onServer = overlay(scratchPath("top.qcow2"), "nbd://localhost/base");
  expect(() => openImage(onServer)).toThrow(
    refusal("image-chain", /"nbd:\/\/localhost\/base" is not a path/),
  );
});

test("reads a relative backing file from the image's own folder, through a link to the image too", () => {
  const base = rawDisk();
  const top = overlay(scratchPath("top.qcow2"), basename(base));
  const folder = scratchPath("elsewhere");
  mkdirSync(folder);
  const link = join(folder, "link.qcow2");
  symlinkSync(top, link);
  for (const path of [top, link]) {
    using disk = openImage(path);
    expect(Buffer.from(disk.read(0, 8)).toString()).toBe("the base");
  }
  renameSync(top, join(folder, "moved.qcow2"));
  expect(() => openImage(join(folder, "moved.qcow2"))).toThrow("needs a backing file");
});

test("refuses a chain that comes back to itself, and one that is too long", () => {
  const [a, b] = [scratchPath("a.qcow2"), scratchPath("b.qcow2")];
  overlay(a, b, "qcow2");
  overlay(b, a, "qcow2");
  expect(() => openImage(a)).toThrow(refusal("image-chain", /comes back to it/));
  let top = rawDisk();
  for (let depth = 0; depth < 64; depth++) {
    top = overlay(scratchPath("deep.qcow2"), top, depth === 0 ? "raw" : "qcow2");
  }
  expect(() => openImage(top)).toThrow(refusal("image-chain", /longer than 64/));
});

test("refuses a named pipe, a socket and a device at once", async () => {
  const pipe = scratchPath("pipe");
  execFileSync("mkfifo", [pipe]);
  expect(() => openImage(pipe)).toThrow(refusal("image-not-a-file", /is a named pipe/));
  const socket = scratchPath("socket");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  expect(() => openImage(socket)).toThrow(refusal("image-not-a-file", /is a socket/));
  server.close();
  expect(() => openImage("/dev/null")).toThrow(refusal("image-not-a-file", /is a device/));
});

/** A disk of sectors of 4096 bytes with a file system by makefs, as partition 3. */
function disk4096(): string {
  const path = scratchPath("4k.raw");
  const bytes = new Uint8Array(64 * MIB);
  const shape = { sectorBytes: 4096, entryCount: 128, entryBytes: 128 };
  const entries = ufsEntries(shape, 512, 512 + 12287);
  const lastLba = bytes.length / 4096 - 1;
  putProtectiveMbr(bytes);
  putHeader(bytes, entries, shape, [1, lastLba, 2]);
  putHeader(bytes, entries, shape, [lastLba, 1, lastLba - 4]);
  const sizes = { blockBytes: 32768, fragmentBytes: 4096, sectorBytes: 4096 };
  bytes.set(readFileSync(makefsImage({ ...sizes, size: "48m" })), 512 * 4096);
  writeFileSync(path, bytes);
  return path;
}

test("reads, and stages into, a disk of 4096-byte sectors, and says that it is one", () => {
  using disk = openImage(disk4096());
  expect(disk.sectorBytes).toBe(4096);
  expect(findRoots(disk)[0]).toMatchObject({ number: 3, label: "rootfs", offsetBytes: 2 * MIB });
  const content = Buffer.from("4K");
  const edits = planFiles(openEdited(disk), [{ kind: "file", path: "/etc/new", content }], {
    timeSeconds: 1_800_000_000,
  });
  const fs = openEdited(disk, edits);
  expect(checkFileSystem(fs)).toEqual([]);
  expect(Buffer.from(readFile(openFileSystem(fs.disk, findRoots(fs.disk)[0]), "/etc/new"))).toEqual(
    content,
  );
});

test("a disk of 512-byte sectors, one without a table, and an overlay over one say so too", () => {
  using plain = openImage(rawDisk());
  expect(plain.sectorBytes).toBe(512);
  const base = disk4096();
  const top = scratchPath("top.qcow2");
  execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", "-b", base, "-F", "raw", top]);
  using disk = openImage(top);
  expect(disk.sectorBytes).toBe(4096);
});
