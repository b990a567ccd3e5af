import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { watchFiles, type FileWatch } from "./file-watch.js";
import { tempFolder } from "../../test/temp-folder.js";

let folder: string;
let files: FileWatch;

beforeEach(() => {
  folder = tempFolder("watch");
  files = watchFiles();
});
afterEach(() => {
  files[Symbol.dispose]();
});

const never = new AbortController().signal;

function file(name: string, content = "one"): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test("tells of a file that is written in place", async () => {
  const path = file("kernel");
  files.follow([path, file("other")]);
  const changed = files.changed(never);
  writeFileSync(path, "another");
  expect(await changed).toEqual([path]);
});

test("tells of a file that is replaced by a rename, and of the next one too", async () => {
  const path = file("kernel");
  files.follow([path]);
  for (const content of ["second", "third one"]) {
    const changed = files.changed(never);
    renameSync(file("kernel.new", content), path);
    expect(await changed).toEqual([path]);
  }
});

test("tells once, and only when the file is still", async () => {
  const path = file("kernel", "");
  files.follow([path]);
  let told = 0;
  const changed = files.changed(never).then(() => (told = 1));
  for (let piece = 0; piece < 10; piece += 1) {
    appendFileSync(path, "piece");
    await delay(50);
    expect(told).toBe(0);
  }
  await changed;
});

test("tells what changed while nobody waited", async () => {
  const path = file("kernel");
  files.follow([path]);
  writeFileSync(path, "another");
  expect(await files.changed(never)).toEqual([path]);
});

test("a folder that goes and comes back is watched again", async () => {
  const build = join(folder, "obj", "sys");
  const path = join(build, "kernel");
  mkdirSync(build, { recursive: true });
  writeFileSync(path, "one");
  files.follow([path]);
  const changed = files.changed(never);
  rmSync(join(folder, "obj"), { recursive: true });
  await delay(300);
  mkdirSync(build, { recursive: true });
  await delay(300);
  writeFileSync(path, "two");
  expect(await changed).toEqual([path]);
});

test("waits for a file that does not exist yet, in a folder that does not exist yet", async () => {
  const path = join(folder, "obj", "kernel");
  files.follow([path]);
  const changed = files.changed(never);
  mkdirSync(join(folder, "obj"));
  await delay(300);
  writeFileSync(path, "one");
  expect(await changed).toEqual([path]);
});

test("follows a link to where the file is", async () => {
  mkdirSync(join(folder, "real"));
  const real = file("real/kernel");
  const link = join(folder, "kernel");
  symlinkSync(real, link);
  files.follow([link]);
  const changed = files.changed(never);
  appendFileSync(real, "more");
  expect(await changed).toEqual([link]);
});

test("says nothing of files that are not followed any more", async () => {
  const [one, two] = [file("one"), file("two")];
  files.follow([one, two]);
  files.follow([two]);
  const changed = files.changed(never);
  writeFileSync(one, "another");
  await delay(300);
  writeFileSync(two, "another");
  expect(await changed).toEqual([two]);
});

test("stops waiting when it is told to", async () => {
  files.follow([file("kernel")]);
  const stop = new AbortController();
  const changed = files.changed(stop.signal);
  stop.abort();
  expect(await changed).toEqual([]);
  expect(await files.changed(stop.signal)).toEqual([]);
});
