/**
 * The fixture images in `test/images/`: packed by xz(1), unpacked once a test file into a folder that is removed at its end.
 */
import { execFileSync } from "node:child_process";
import { openSync, closeSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../temp-folder.js";

const IMAGES = join(import.meta.dirname, "../images");

/** A folder for the images of this test file, removed at its end. */
export const scratch = tempFolder("image");

const unpacked = new Map<string, string>();

/** The path of a fixture, unpacked. Tests only read it. */
export function unpackFixture(name: FixtureName): string {
  const known = unpacked.get(name);
  if (known !== undefined) return known;
  const path = join(scratch, `${name}.img`);
  const output = openSync(path, "w");
  execFileSync("xz", ["-dc", join(IMAGES, `${name}.img.xz`)], {
    stdio: ["ignore", output, "inherit"],
  });
  closeSync(output);
  unpacked.set(name, path);
  return path;
}

export type FixtureName = "newfs-suj-gpt" | "newfs-8k-plain";
export const FIXTURES: readonly FixtureName[] = ["newfs-suj-gpt", "newfs-8k-plain"];

/** What FreeBSD itself said of an entry, by `find -ls`; the path is absolute. */
export interface ListedFile {
  readonly inode: number;
  readonly sectorsHeld: number;
  readonly mode: string;
  readonly links: number;
  readonly owner: string;
  readonly group: string;
  readonly sizeBytes: number;
  readonly path: string;
  readonly target: string | undefined;
}

export function readListing(name: FixtureName): readonly ListedFile[] {
  const lines = readFileSync(join(IMAGES, `${name}.list`), "utf8")
    .trimEnd()
    .split("\n");
  return lines.map((line) => {
    const match =
      /^\s*(\d+)\s+(\d+) (\S+) (\d+) (\S+) (\S+) (\d+) \w+ +\d+ [\d:]+ (.*?)(?: -> (.*))?$/.exec(
        line,
      )!;
    return {
      inode: Number(match[1]),
      sectorsHeld: Number(match[2]),
      mode: match[3]!,
      links: Number(match[4]),
      owner: match[5]!,
      group: match[6]!,
      sizeBytes: Number(match[7]),
      path: absolute(match[8]!),
      target: match[9],
    };
  });
}

/** SHA-256 of every regular file by path, as FreeBSD computed them. */
export function readHashes(name: FixtureName): ReadonlyMap<string, string> {
  const lines = readFileSync(join(IMAGES, `${name}.sha256`), "utf8")
    .trimEnd()
    .split("\n");
  return new Map(lines.map((line) => [absolute(line.slice(65).trim()), line.slice(0, 64)]));
}

function absolute(listed: string): string {
  return listed === "." ? "/" : listed.replace(/^\.\//, "/");
}
