import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openFileSource, type FileSource } from "./file-source.js";
import { memorySource } from "../binary/byte-source.js";
import { editDisk } from "./edits.js";
import { testByteSourceContract } from "../../test/contracts/byte-source-contract.js";
import { tempFolder } from "../../test/temp-folder.js";

const folder = tempFolder("disk");
const opened: FileSource[] = [];
afterAll(() => {
  for (const disk of opened) disk[Symbol.dispose]();
});

function fileDisk(bytes: Uint8Array): FileSource {
  const path = join(folder, `disk-${opened.length}`);
  writeFileSync(path, bytes);
  const disk = openFileSource(path);
  opened.push(disk);
  return disk;
}

describe("a memory disk", () => testByteSourceContract((bytes) => memorySource(bytes)));
describe("a file disk", () => testByteSourceContract(fileDisk));
describe("a recording disk without edits", () =>
  testByteSourceContract((bytes) => editDisk(memorySource(bytes))));
describe("a recording disk that is all edits", () =>
  testByteSourceContract((bytes) => {
    const disk = editDisk(memorySource(new Uint8Array(bytes.length)));
    for (let at = 0; at < bytes.length; at += 999) disk.write(at, bytes.slice(at, at + 1500));
    return disk;
  }));

test("reads beyond four gigabytes of a sparse file", () => {
  const path = join(folder, "sparse");
  writeFileSync(path, "");
  truncateSync(path, 9 * 1024 ** 3);
  using disk = openFileSource(path);
  expect(disk.read(8 * 1024 ** 3, 4)).toEqual(new Uint8Array(4));
});

test("says what is wrong with a path that is no image", () => {
  expect(() => openFileSource(join(folder, "absent"))).toThrow(/absent does not exist/);
  expect(() => openFileSource(folder)).toThrow(/is a directory, expected a file/);
});

test("notices that a file was cut after it was opened", () => {
  const disk = fileDisk(new Uint8Array(4096));
  truncateSync(disk.path, 1000);
  expect(() => disk.read(0, 4096)).toThrow(/ends at 1000, shorter than when it was opened/);
});
