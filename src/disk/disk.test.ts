import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openFileDisk, type FileDisk } from "./disk-file.js";
import { memoryDisk } from "./disk-memory.js";
import { recordEdits } from "./edits.js";
import { testDiskContract } from "../../test/contracts/disk-contract.js";
import { tempFolder } from "../../test/temp-folder.js";

const folder = tempFolder("disk");
const opened: FileDisk[] = [];
afterAll(() => {
  for (const disk of opened) disk[Symbol.dispose]();
});

function fileDisk(bytes: Uint8Array): FileDisk {
  const path = join(folder, `disk-${opened.length}`);
  writeFileSync(path, bytes);
  const disk = openFileDisk(path);
  opened.push(disk);
  return disk;
}

describe("a memory disk", () => testDiskContract((bytes) => memoryDisk(bytes)));
describe("a file disk", () => testDiskContract(fileDisk));
describe("a recording disk without edits", () =>
  testDiskContract((bytes) => recordEdits(memoryDisk(bytes))));
describe("a recording disk that is all edits", () =>
  testDiskContract((bytes) => {
    const disk = recordEdits(memoryDisk(new Uint8Array(bytes.length)));
    for (let at = 0; at < bytes.length; at += 999)
      disk.write(at, bytes.slice(at, at + 1500), "part");
    return disk;
  }));

test("reads beyond four gigabytes of a sparse file", () => {
  const path = join(folder, "sparse");
  writeFileSync(path, "");
  truncateSync(path, 9 * 1024 ** 3);
  using disk = openFileDisk(path);
  expect(disk.read(8 * 1024 ** 3, 4)).toEqual(new Uint8Array(4));
});

test("says what is wrong with a path that is no image", () => {
  expect(() => openFileDisk(join(folder, "absent"))).toThrow(/there is no such file/);
  expect(() => openFileDisk(folder)).toThrow(/is a directory, expected a disk image file/);
});

test("notices that a file was cut after it was opened", () => {
  const disk = fileDisk(new Uint8Array(4096));
  truncateSync(disk.path, 1000);
  expect(() => disk.read(0, 4096)).toThrow(/ends at 1000, shorter than when it was opened/);
});
