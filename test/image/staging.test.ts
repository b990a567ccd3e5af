/**
 * Staging as a whole: what is in the guest afterwards, by our own reader, our checker and foreign readers, and that the base is not touched.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { openImage } from "../../src/disk/open-image.js";
import { checkFileSystem } from "./ufs2-check/check.js";
import { readFile } from "../../src/disk/ufs2/lookup.js";
import { openFreebsdImage } from "../../src/guests/freebsd/image.js";
import { findSlots } from "../../src/guests/freebsd/slots.js";
import { program } from "../../src/protocol/steps.js";
import { writeStagedDisk } from "../../src/guests/write-disk.js";
import { filesOf, modelOf, openEdited, summaryOf } from "./model.js";
import {
  exportRaw,
  hashOf,
  makeDisk,
  makeKernel,
  makeNewfsDisk,
  stageGuest,
} from "./staged-guest.js";
import { grubComplaint, patternBytes, scratchPath } from "./tools.js";

const makefs = makeDisk();
const newfs = makeNewfsDisk();
const kernel = makeKernel("TWQDEBUG");

function asQcow2(raw: string): string {
  const path = scratchPath("base.qcow2");
  execFileSync("qemu-img", ["convert", "-O", "qcow2", raw, path]);
  return path;
}

const bases = [
  ["makefs, raw", makefs, "gpt4"],
  ["makefs, qcow2", asQcow2(makefs), "gpt4"],
  ["newfs with a journal, raw", newfs, "gpt3"],
  ["newfs with a journal, qcow2", asQcow2(newfs), "gpt3"],
] as const;

/** What is in an image, a line a path. */
function summaryIn(path: string): readonly string[] {
  using disk = openImage(path);
  return summaryOf(modelOf(openEdited(disk)));
}

test.each(bases)(
  "%s: every file is there as it was placed, and nothing else changed",
  async (_, base) => {
    const before = hashOf(base);
    const { path, plan } = await stageGuest(base, { kernels: { TWQDEBUG: kernel } });
    expect(hashOf(base)).toBe(before);

    using image = openFreebsdImage(path);
    const found = modelOf(image.fs);
    const given = new Map<string, Uint8Array>([
      ["/boot/TWQDEBUG/kernel", readFileSync(kernel)],
      ...plan.files.map(({ path: name, content }) => [name, content] as const),
    ]);
    expect([...given.keys()].sort()).toEqual([
      "/boot/TWQDEBUG/kernel",
      "/kernlane/agent",
      "/kernlane/plan",
    ]);
    for (const [name, content] of given) {
      const node = found.get(name);
      expect(node?.kind === "file" && Buffer.compare(node.content, content), name).toBe(0);
    }
    const placed = plan.staging.placed.filter(({ mode }) => mode !== undefined);
    for (const { path: name, mode, sizeBytes } of placed) {
      const node = found.get(name);
      expect([name, node?.mode, node?.kind === "file" && node.content.length]).toEqual([
        name,
        mode,
        sizeBytes,
      ]);
    }
    expect(Object.fromEntries(placed.map(({ path: name, mode }) => [name, mode]))).toEqual({
      "/boot/TWQDEBUG/kernel": 0o555,
      "/kernlane/agent": 0o755,
      "/kernlane/plan": 0o644,
      "/etc/rc.d/kernlane": 0o555,
      "/etc/rc.conf.d/kernlane": 0o644,
      "/boot/loader.conf.d/kernlane.conf": 0o644,
    });

    const folders = [
      "/kernlane",
      "/boot/loader.conf.d",
      "/etc/rc.d",
      "/etc/rc.conf.d",
      "/boot/TWQDEBUG",
    ];
    const ours = new Set([...folders, ...plan.staging.placed.map(({ path: name }) => name)]);
    const isOurs = (line: string) =>
      ours.has(line.split(" ")[0]!) || line.startsWith("/boot/TWQDEBUG/");
    const others = (lines: readonly string[]) => lines.filter((line) => !isOurs(line));
    expect(others(summaryOf(found))).toEqual(others(summaryIn(base)));
  },
);

test.each(bases)(
  "%s: the overlay is sound to our checker, qemu-img and grub's driver",
  async (_, base, partition) => {
    const { path } = await stageGuest(base, { kernels: { TWQDEBUG: kernel } });
    const check = spawnSync("qemu-img", ["check", path], { encoding: "utf8" });
    expect([check.status, check.stdout]).toEqual([
      0,
      expect.stringContaining("No errors were found") as string,
    ]);
    using image = openFreebsdImage(path);
    expect(checkFileSystem(image.fs)).toEqual([]);
    const files = filesOf(modelOf(image.fs));
    expect(files.get("/boot/TWQDEBUG/kernel")?.length).toBeGreaterThan(1_700_000);
    expect(grubComplaint(exportRaw(path), `(loop0,${partition})`, files)).toBe("");
  },
);

test.each(bases)("%s: raw and qcow2 are the same disk", async (_, base) => {
  const { path, plan } = await stageGuest(base, { kernels: { TWQDEBUG: kernel } });
  const raw = scratchPath("same.raw");
  await writeStagedDisk({ ...plan.staging.disk!, path: raw, format: "raw" });
  const compared = spawnSync("qemu-img", ["compare", "-f", "raw", "-F", "qcow2", raw, path], {
    encoding: "utf8",
  });
  expect(compared.stdout + compared.stderr).toContain("Images are identical");
});

test("the image's own kernel is staged without a slot", async () => {
  const { path, plan } = await stageGuest(makefs);
  expect(plan.file.identity).toMatchObject({ ident: "GENERIC", bootfile: "/boot/kernel/kernel" });
  expect(plan.staging.placed.map(({ path: name }) => name)).not.toContain("/boot/kernel/kernel");
  using image = openFreebsdImage(path);
  expect(findSlots(image).map(({ name, kernel: found }) => [name, found?.ident])).toEqual([
    ["kernel", "GENERIC"],
    ["TWQDEBUG", "OLD"],
  ]);
});

test("an earlier kernel's slot is replaced, its modules with it, and a first or chosen boot is called off", async () => {
  const { path, plan } = await stageGuest(makefs, { kernels: { TWQDEBUG: kernel } });
  using image = openFreebsdImage(path);
  expect(image.namesIn("/boot/TWQDEBUG").filter((name) => !name.startsWith("."))).toEqual([
    "kernel",
  ]);
  const gone = ["/firstboot", "/firstboot-reboot", "/boot/nextboot.conf"];
  expect(gone.map((name) => image.typeAt(name))).toEqual([undefined, undefined, undefined]);
  const taken = plan.staging.placed.filter(({ mode }) => mode === undefined);
  expect(taken.map(({ path: name }) => name).sort()).toEqual([...gone, "/boot/TWQDEBUG"].sort());
  expect(taken.every(({ why }) => why.startsWith("taken away: "))).toBe(true);
});

test("modules that were built with the kernel go into its slot when they are asked for", async () => {
  const objects = scratchPath("objects");
  const built = makeKernel("TWQDEBUG", patternBytes(10_000, 3), join(objects, "kernel"));
  const modules = ["if_mine.ko", "modules/usr/src/sys/modules/deep/deep.ko"];
  for (const [index, name] of modules.entries()) {
    makeKernel("module", patternBytes(5_000 + index, index), join(objects, name));
  }
  makeKernel("module", patternBytes(5_000, 9), join(objects, "if_mine.ko.debug"));
  const { path } = await stageGuest(makefs, { kernels: { TWQDEBUG: built }, withModules: true });
  using image = openFreebsdImage(path);
  const names = image.namesIn("/boot/TWQDEBUG").filter((name) => !name.startsWith("."));
  expect([...names].sort()).toEqual(["deep.ko", "if_mine.ko", "kernel"]);
  for (const name of modules) {
    const staged = readFile(image.fs, `/boot/TWQDEBUG/${basename(name)}`);
    expect(Buffer.compare(staged, readFileSync(join(objects, name)))).toBe(0);
  }
  const without = await stageGuest(makefs, { kernels: { TWQDEBUG: built } });
  using bare = openFreebsdImage(without.path);
  expect(bare.typeAt("/boot/TWQDEBUG/if_mine.ko")).toBeUndefined();
});

test("a program that neither the image nor the lane has is told of before anything boots", async () => {
  const script = scratchPath("probe.sh");
  execFileSync("cp", ["/dev/null", script]);
  const steps = ["/etc/rc", "/kernlane/bin/probe", "/sbin/nowhere"].map((path) => program(path));
  const { plan } = await stageGuest(makefs, {
    lane: { probe: steps, files: { "/kernlane/bin/probe": script } },
  });
  expect(plan.staging.notices.filter((notice) => notice.includes("starts"))).toEqual([
    expect.stringContaining("starts /sbin/nowhere, which the guest does not have"),
  ]);
});

test("a file of the lane's own is put where the lane says, executable", async () => {
  const script = scratchPath("probe.sh");
  execFileSync("cp", ["/dev/null", script]);
  const { path } = await stageGuest(makefs, { lane: { files: { "/kernlane/bin/probe": script } } });
  using image = openFreebsdImage(path);
  const node = modelOf(image.fs).get("/kernlane/bin/probe");
  expect(node).toMatchObject({ kind: "file", mode: 0o755 });
});

test("two kernels staged at once from one base are two images, and the base is as it was", async () => {
  const before = hashOf(newfs);
  const other = makeKernel("OTHER", patternBytes(900_000, 8));
  const [first, second] = await Promise.all([
    stageGuest(newfs, { kernels: { TWQDEBUG: kernel } }),
    stageGuest(newfs, { kernels: { OTHER: other } }),
  ]);
  const identsIn = (path: string) => {
    using image = openFreebsdImage(path);
    expect(checkFileSystem(image.fs)).toEqual([]);
    return findSlots(image).map(({ name, kernel: found }) => [name, found?.ident]);
  };
  expect(identsIn(first.path)).toContainEqual(["TWQDEBUG", "TWQDEBUG"]);
  expect(identsIn(first.path)).not.toContainEqual(["OTHER", "OTHER"]);
  expect(identsIn(second.path)).toContainEqual(["OTHER", "OTHER"]);
  expect(hashOf(newfs)).toBe(before);
});
