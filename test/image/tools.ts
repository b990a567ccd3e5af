/**
 * The foreign tools of the image tests: makefs(8) makes file systems, grub's ufs2 driver reads them.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  linkSync,
  mkdirSync,
  openSync,
  closeSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Edit } from "../../src/disk/edits.js";
import { scratch } from "./unpack.js";

let count = 0;

/** A path of its own in the scratch folder. */
export function scratchPath(name: string): string {
  count += 1;
  return join(scratch, `${count}-${name}`);
}

export interface MakefsShape {
  readonly blockBytes: number;
  readonly fragmentBytes: number;
  readonly size?: string;
  /** Inodes to leave free: makefs makes as few as it can otherwise. */
  readonly freeFiles?: number;
  readonly sectorBytes?: number;
}

/** A little-endian UFS2 image of a small guest's tree. */
export function makefsImage({
  blockBytes,
  fragmentBytes,
  size = "48m",
  freeFiles = 1500,
  sectorBytes = 512,
}: MakefsShape): string {
  const path = scratchPath(`makefs-${blockBytes}-${fragmentBytes}.img`);
  const options = `version=2,bsize=${blockBytes},fsize=${fragmentBytes}`;
  const sizes = ["-s", size, "-f", String(freeFiles), "-S", String(sectorBytes)];
  execFileSync(
    "makefs",
    ["-t", "ffs", "-B", "little", ...sizes, "-o", options, path, guestTree()],
    { stdio: "ignore" },
  );
  return path;
}

let tree: string | undefined;

/** What a guest looks like, in little: names, links of both kinds, a file with indirect blocks, a large directory. */
function guestTree(): string {
  if (tree !== undefined) return tree;
  tree = scratchPath("tree");
  const put = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(tree!, path)), { recursive: true });
    writeFileSync(join(tree!, path), content);
  };
  put("boot/kernel/kernel", patternBytes(3_000_000, 1));
  put("boot/loader.conf", 'autoboot_delay="-1"\n');
  put("etc/rc.conf", 'hostname="guest"\n');
  put("etc/rc.d/local", "#!/bin/sh\n");
  put("firstboot", "");
  put("deep/a/b/c/leaf", "leaf\n");
  put("deep/big", patternBytes(1_234_567, 2));
  for (let index = 0; index < 120; index++)
    put(`many/a-name-of-some-length-${index}`, `file ${index}\n`);
  mkdirSync(join(tree, "root"));
  linkSync(join(tree, "etc/rc.conf"), join(tree, "root/rc.conf.hard"));
  symlinkSync("kernel", join(tree, "boot/kernel/short-link"));
  symlinkSync("../".repeat(60) + "etc/rc.conf", join(tree, "boot/long-link"));
  return tree;
}

/** Bytes that look random, differ by seed, and are the same every time. */
export function patternBytes(length: number, seed: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = (seed * 2654435761 + 1) >>> 0;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}

/** A copy of an image with edits written into it, from first to last. */
export function applyEdits(image: string, edits: readonly Edit[]): string {
  const path = scratchPath("edited.img");
  execFileSync("cp", ["--sparse=always", image, path]);
  const file = openSync(path, "r+");
  for (const { bytes, offsetBytes } of edits) writeSync(file, bytes, 0, bytes.length, offsetBytes);
  closeSync(file);
  return path;
}

/**
 * What grub's driver has to say against these being the contents of files in an image: nothing, when it finds every one
 * and reads the same bytes. `device` is `(loop0)` or, in a GPT, `(loop0,gpt3)`.
 */
export function grubComplaint(
  image: string,
  device: string,
  files: ReadonlyMap<string, Uint8Array>,
): string {
  const local = scratchPath("expected");
  mkdirSync(local);
  for (const [path, content] of files) {
    mkdirSync(join(local, dirname(path)), { recursive: true });
    writeFileSync(join(local, path), content);
  }
  const run = spawnSync("grub-fstest", [image, "cmp", `${device}/`, local], { encoding: "utf8" });
  return run.status === 0 ? "" : `${run.stderr}${run.stdout}` || `exit status ${run.status}`;
}
