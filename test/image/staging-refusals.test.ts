/**
 * What cannot be staged is refused before anything is written, and says what was found.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { openImage } from "../../src/disk/open-image.js";
import { checkFileSystem } from "./ufs2-check/check.js";
import { buildElf, elfNote } from "../fixtures/elf-file.js";
import { buildFreebsdKernel } from "../fixtures/freebsd-kernel-file.js";
import { openFreebsdImage } from "../../src/guests/freebsd/image.js";
import { packageRoot } from "../../src/host/paths.js";
import { damageSuperblock } from "./damage.js";
import { openEdited } from "./model.js";
import { hashOf, makeDisk, makeKernel, stageGuest, usedTree } from "./staged-guest.js";
import { applyEdits, patternBytes, scratchPath } from "./tools.js";

const base = makeDisk();
const baseHash = hashOf(base);
const kernel = makeKernel("TWQDEBUG", new Uint8Array(0));
afterEach(() => expect(hashOf(base)).toBe(baseHash));

function fileOf(bytes: Uint8Array | string): string {
  const path = scratchPath("file");
  writeFileSync(path, bytes);
  return path;
}

/** Refused, with nothing made. */
async function refusal(
  image: string,
  staging: Parameters<typeof stageGuest>[1],
): Promise<{ readonly code: string; readonly who: string; readonly message: string }> {
  const to = scratchPath("refused.qcow2");
  const error: unknown = await stageGuest(image, { to, ...staging }).then(
    () => new Error("it was staged"),
    (thrown: unknown) => thrown,
  );
  expect(existsSync(to)).toBe(false);
  return error as Awaited<ReturnType<typeof refusal>>;
}

function kernelForArm64(): Uint8Array {
  const bytes = buildFreebsdKernel({ ident: "GENERIC" });
  bytes.writeUInt16LE(183, 18);
  return bytes;
}

const otherKernels: readonly (readonly [
  name: string,
  file: () => string,
  code: string,
  words: string,
])[] = [
  ["a text", () => fileOf("no kernel\n"), "kernel-not-a-kernel", "text"],
  [
    "a program of FreeBSD's",
    () => fileOf(buildElf({ osAbi: 9 })),
    "kernel-not-a-kernel",
    "expected",
  ],
  ["a Linux program", () => fileOf(buildElf({ osAbi: 3 })), "kernel-not-a-kernel", "expected"],
  ["a kernel for another processor", () => fileOf(kernelForArm64()), "kernel-wrong-arch", "arm64"],
  ["an empty file", () => fileOf(""), "kernel-empty", "empty"],
  ["nothing", () => scratchPath("nowhere"), "kernel-not-found", "nowhere"],
];

test.each(otherKernels)("refuses %s as a kernel", async (_, file, code, words) => {
  const error = await refusal(base, { kernels: { TWQDEBUG: file() } });
  expect(error).toMatchObject({
    code,
    who: "image",
    message: expect.stringContaining(words) as string,
  });
});

test("refuses to stage modules that nobody has built", async () => {
  expect(await refusal(base, { kernels: { TWQDEBUG: kernel }, withModules: true })).toMatchObject({
    code: "modules-not-found",
    who: "image",
    message: expect.stringContaining(kernel) as string,
  });
});

test.each(["kernel", "modules", "loader.old", "defaults"])(
  "refuses the slot name %s",
  async (name) => {
    expect(await refusal(base, { kernels: { [name]: kernel } })).toMatchObject({
      code: "slot-name-reserved",
      who: "usage",
    });
  },
);

test.each(["a/b", "..", "-x", "a b", 'a"b', "a;b", ""])(
  "refuses the column name %j",
  async (name) => {
    const error = await refusal(base, { kernels: { [name]: kernel } });
    expect(error).toMatchObject({ code: "bad-kernel-name", who: "usage" });
  },
);

test("refuses a slot name that the column's folder would take", async () => {
  const error = await refusal(base, { kernels: { "a..b": kernel } });
  expect(error).toMatchObject({ code: "slot-name-invalid", who: "usage" });
});

test("says how much is missing when the file system is too small for the kernel", async () => {
  const large = makeKernel("TWQDEBUG", patternBytes(9_000_000, 1));
  const error = await refusal(base, { kernels: { TWQDEBUG: large } });
  expect(error).toMatchObject({ code: "filesystem-full", who: "image" });
  const missingBytes = Number(/(\d+) bytes are missing/.exec(error.message)![1]);
  // Two blocks more or less are the tables of a file of that size.
  const slackBytes = 4 * 8192;
  const fits = patternBytes(9_000_000 - missingBytes - slackBytes, 1);
  const { path } = await stageGuest(base, { kernels: { TWQDEBUG: makeKernel("TWQDEBUG", fits) } });
  using image = openFreebsdImage(path);
  expect(checkFileSystem(image.fs)).toEqual([]);
  const exceeds = patternBytes(9_000_000 - missingBytes + slackBytes, 1);
  const again = await refusal(base, { kernels: { TWQDEBUG: makeKernel("TWQDEBUG", exceeds) } });
  expect(again).toMatchObject({ code: "filesystem-full" });
});

test("refuses a file system that was not unmounted, and says what to do", async () => {
  using disk = openImage(base);
  const unclean = applyEdits(base, [damageSuperblock(openEdited(disk), { clean: 0 })]);
  const error = await refusal(unclean, { kernels: { TWQDEBUG: kernel } });
  expect(error).toMatchObject({
    code: "ufs2-unclean",
    who: "image",
    hint: expect.stringContaining("fsck") as string,
  });
});

test("refuses a guest without rc(8)", async () => {
  const tree = Object.fromEntries(
    Object.entries(usedTree).filter(([name]) => name !== "etc/rc.subr"),
  );
  const error = await refusal(makeDisk(tree), { kernels: { TWQDEBUG: kernel } });
  expect(error).toMatchObject({
    code: "guest-without-rc",
    message: expect.stringContaining("/etc/rc.subr") as string,
  });
});

test("refuses to stage an own kernel that the image does not have", async () => {
  const tree = Object.fromEntries(
    Object.entries(usedTree).filter(([name]) => name !== "boot/kernel/kernel"),
  );
  const error = await refusal(makeDisk(tree), {});
  expect(error).toMatchObject({ code: "stock-kernel-missing", who: "image" });
});

const programs: readonly (readonly [name: string, bytes: Uint8Array, code: string])[] = [
  [
    "a Linux program",
    buildElf({ segments: [{ type: 4, bytes: elfNote("GNU", 1, Buffer.alloc(16)) }] }),
    "program-wrong-os",
  ],
  ["a program that names no system", buildElf({}), "program-wrong-os"],
  [
    "a FreeBSD program for another processor",
    buildElf({ osAbi: 9, machine: 183 }),
    "program-wrong-arch",
  ],
];

test.each(programs)("refuses %s as a probe", async (_, bytes, code) => {
  const error = await refusal(base, { lane: { files: { "/kernlane/bin/probe": fileOf(bytes) } } });
  expect(error).toMatchObject({
    code,
    who: "image",
    message: expect.stringContaining("expected a FreeBSD program for amd64") as string,
  });
});

test("says of a damaged program what is wrong with it, once", async () => {
  const probe = fileOf(buildElf({}).subarray(0, 40));
  const error = await refusal(base, { lane: { files: { "/kernlane/bin/probe": probe } } });
  expect(error.code).toBe("elf-damaged");
  expect(error.message.split(probe)).toHaveLength(2);
});

test.each(["raw", "qcow2"] as const)(
  "refuses a %s image that another program has open for writing",
  async (format) => {
    const { path: image } = await stageGuest(base, { format });
    const argv = ["-f", format, image];
    const writer = spawn("qemu-io", argv, { stdio: ["pipe", "pipe", "inherit"] });
    onTestFinished(() => void writer.kill("SIGKILL"));
    // An answer tells that the image is open.
    writer.stdin.write("length\n");
    await once(writer.stdout, "data");
    const error = await refusal(image, { kernels: { TWQDEBUG: kernel } });
    const message = expect.stringContaining(image) as string;
    expect(error).toMatchObject({ code: "image-in-use", who: "image", message });
    writer.stdin.end("quit\n");
    await once(writer, "exit");
    await stageGuest(image, { kernels: { TWQDEBUG: kernel } });
  },
);

test("refuses to overwrite what is there", async () => {
  const to = fileOf("mine");
  for (const format of ["raw", "qcow2"] as const) {
    const staged = stageGuest(base, { kernels: { TWQDEBUG: kernel }, to, format });
    await expect(staged).rejects.toMatchObject({ code: "staged-exists", who: "usage" });
  }
  expect(statSync(to).size).toBe(4);
});

test.each(["raw", "qcow2"])(
  "a kernlane that is killed while it stages as %s leaves the base as it was, and others can stage it",
  async (format) => {
    const to = scratchPath(`killed.${format}`);
    const cli = join(packageRoot(), "bin", "kernlane.js");
    const args = ["stage", "twq", "--image", base, "--format", format, "--to", to];
    const child = spawn(process.execPath, [cli, ...args], { stdio: "ignore" });
    const ended = once(child, "exit");
    while (!existsSync(to) && child.exitCode === null) await new Promise(setImmediate);
    child.kill("SIGKILL");
    await ended;
    expect(existsSync(to)).toBe(true);
    expect(hashOf(base)).toBe(baseHash);
    await stageGuest(base, { kernels: { TWQDEBUG: kernel } });
  },
);
