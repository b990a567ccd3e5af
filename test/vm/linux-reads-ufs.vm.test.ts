/**
 * The Linux kernel's own ufs driver reads what staging wrote: the twin kernel boots with the overlay as a disk, mounts its root and
 * copies files out of it onto a second, raw disk, which is compared here byte for byte.
 */
import { readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { openFreebsdImage } from "../../src/guests/freebsd/image.js";
import { inBytes, outBytes, resultOf, syscall, type Step } from "../../src/protocol/steps.js";
import type { LaneEvent } from "../../src/run/events.js";
import { resolveRequest } from "../../src/lane/request.js";
import { planLane, runPlan } from "../../src/run/run-lane.js";
import { filesOf, modelOf, type Model } from "../image/model.js";
import { makeKernel, makeNewfsDisk, stageGuest } from "../image/staged-guest.js";
import { scratchFolder } from "./guest-run.js";

/** Linux on amd64. */
const nr = { open: 2, fstat: 5, lseek: 8, sendfile: 40, fsync: 74, mkdir: 83, mount: 165 };
const READ_WRITE = 2;
const MOUNT_READ_ONLY = 1;
const SEEK_SET = 0;
const STAT_BYTES = 144;
const STAT_MODE_AT = 24;

/** Each file has so much of the second disk. */
const PLACE_BYTES = 16 * 1024 * 1024;

const text = (word: string) => inBytes(Buffer.from(`${word}\0`));
const done = /^= \d+$/;

/** Mounts the root, and puts every file into its place on the second disk. */
function copySteps(device: string, files: ReadonlyMap<string, Uint8Array>): readonly Step[] {
  const root = "/guest";
  return [
    syscall({ name: "mkdir", nr: nr.mkdir, args: [text(root), 0o755], expect: "ok" }),
    syscall({
      name: "mount",
      nr: nr.mount,
      args: [text(device), text(root), text("ufs"), MOUNT_READ_ONLY, text("ufstype=ufs2")],
      expect: "ok",
    }),
    syscall({ name: "disk", nr: nr.open, args: [text("/dev/vdb"), READ_WRITE], expect: done }),
    ...[...files].flatMap(([path, { length }], index) => [
      syscall({ name: `open ${path}`, nr: nr.open, args: [text(root + path), 0], expect: done }),
      syscall({
        name: `stat ${path}`,
        nr: nr.fstat,
        args: [resultOf(`open ${path}`), outBytes(STAT_BYTES)],
        expect: "ok",
      }),
      syscall({
        name: `seek ${path}`,
        nr: nr.lseek,
        args: [resultOf("disk"), index * PLACE_BYTES, SEEK_SET],
        expect: index === 0 ? "ok" : `= ${index * PLACE_BYTES}`,
      }),
      // One byte more than there should be is asked for.
      syscall({
        name: `copy ${path}`,
        nr: nr.sendfile,
        args: [resultOf("disk"), resultOf(`open ${path}`), 0, length + 1],
        expect: `= ${length}`,
      }),
    ]),
    syscall({ name: "sync", nr: nr.fsync, args: [resultOf("disk")], expect: "ok" }),
  ];
}

/** Every file of ours, and those that were there and are the largest. */
function chooseFiles(model: Model): ReadonlyMap<string, Uint8Array> {
  const isOurs = (path: string) => /kernlane|TWQDEBUG/.test(path);
  const all = [...filesOf(model)];
  const own = all.filter(([path]) => isOurs(path));
  const others = all.filter(([path]) => !isOurs(path)).sort(([, a], [, b]) => b.length - a.length);
  return new Map([...own, ...others.slice(0, 5)]);
}

/** Debian's makefs puts the superblock of a UFS2 at 8192, where FreeBSD looks for one but Linux does not. */
test.each([
  ["newfs-suj-gpt", "/dev/vda3"],
  ["newfs-8k-plain", "/dev/vda"],
] as const)("%s: Linux mounts the overlay and reads every byte and mode", async (name, device) => {
  const kernel = makeKernel("TWQDEBUG");
  const { path } = await stageGuest(makeNewfsDisk(name), { kernels: { TWQDEBUG: kernel } });
  using image = openFreebsdImage(path);
  const model = modelOf(image.fs);
  const files = chooseFiles(model);
  expect([...files.keys()]).toEqual(
    expect.arrayContaining([
      "/boot/TWQDEBUG/kernel",
      "/kernlane/agent",
      "/etc/rc.d/kernlane",
      "/etc/rc.conf.d/kernlane",
      "/boot/loader.conf.d/kernlane.conf",
    ]),
  );

  const folder = scratchFolder();
  const copies = join(folder, "copies.raw");
  writeFileSync(copies, "");
  truncateSync(copies, files.size * PLACE_BYTES);
  const lane = {
    guest: "linux",
    kernels: { TWQDEBUG: inject("twinKernel") },
    machine: { memory: "256M" },
    probe: copySteps(device, files),
  } as const;
  const request = resolveRequest(
    { name: "ufs", lane, folder },
    { accel: "tcg", out: join(folder, "run") },
  );
  const plan = await planLane(request);
  const disks = [
    { path, format: "qcow2" },
    { path: copies, format: "raw" },
  ] as const;
  const columns = plan.columns.map((column) => ({
    ...column,
    machine: { ...column.machine, disks },
  }));
  const events: LaneEvent[] = [];
  const listener = { event: (_kernel: string, event: LaneEvent) => void events.push(event) };
  const record = await runPlan({ ...plan, columns }, { listener });
  const { verdict, evidence, error } = record.columns[0]!;
  expect([verdict, error, ...evidence]).toEqual(["passed", null]);

  const written = readFileSync(copies);
  expect(statSync(copies).size).toBe(files.size * PLACE_BYTES);
  for (const [index, [name, content]] of [...files].entries()) {
    const start = index * PLACE_BYTES;
    expect(Buffer.compare(written.subarray(start, start + content.length), content), name).toBe(0);
    expect(modeIn(events, `stat ${name}`), name).toBe(model.get(name)!.mode);
  }
});

/** The permission bits that fstat(2) gave. */
function modeIn(events: readonly LaneEvent[], step: string): number | undefined {
  for (const event of events) {
    if (event.kind !== "observation" || event.observation.name !== step) continue;
    const stat = Buffer.alloc(STAT_BYTES);
    Buffer.from(String(event.observation.data["buffer0"]), "hex").copy(stat);
    return stat.readUInt32LE(STAT_MODE_AT) & 0o7777;
  }
  return undefined;
}
