/**
 * `kernlane stage` and `kernlane boot` as their user runs them, on disks that hold a guest's files and a boot sector of ours.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openFreebsdImage } from "../../src/guests/freebsd/image.js";
import { makeGuest } from "../image/freebsd-tree.js";
import { hashOf, makeDisk, makeKernel } from "../image/staged-guest.js";
import { makeBootable } from "./boot-sector.js";
import { kernlane, start, until } from "../cli-process.js";
import { scratchFolder } from "./guest-run.js";
import { findProcess } from "./processes.js";

const disk = makeDisk();
const kernel = makeKernel("TWQDEBUG");

let cwd = "";
beforeEach(() => {
  cwd = scratchFolder();
  // What a boot leaves behind is seen here.
  vi.stubEnv("TMPDIR", cwd);
});
afterEach(() => vi.unstubAllEnvs());

const leftovers = () => readdirSync(cwd).filter((name) => name.startsWith("kernlane-boot-"));
const at = (name: string) => join(cwd, name);
const boot = (image: string) => ["boot", image, "--accel", "tcg", "--memory", "64M"];

test("stage prints the path of the image and says the rest on stderr; boot shows its console and writes neither it nor its base", async () => {
  const base = makeBootable(
    disk,
    at("base.raw"),
    "power-off",
    "\u001b[1mhello from the guest\u001b[0m",
  );
  const baseHash = hashOf(base);
  const staged = await kernlane(
    ["stage", "twq", "--image", base, "--kernel", `TWQDEBUG=${kernel}`],
    cwd,
  );
  const image = at("twq-TWQDEBUG.qcow2");
  expect([staged.status, staged.stdout]).toEqual([0, `${image}\n`]);
  expect(staged.stderr).toContain(`kernlane boot ${image}`);
  const stagedHash = hashOf(image);

  const booted = await kernlane(boot(image), cwd);
  expect(booted.status).toBe(0);
  expect(booted.stdout).toContain("hello from the guest\n");
  expect(booted.stdout).not.toContain("\u001b");
  expect(booted.stderr).toMatch(/machine powered-off: QMP SHUTDOWN guest-shutdown/);
  expect([hashOf(base), hashOf(image)]).toEqual([baseHash, stagedHash]);
  expect(leftovers()).toEqual([]);
});

test("stage --format raw makes an image that boots without its base", async () => {
  const base = makeBootable(disk, at("base.raw"), "power-off", "alone");
  const image = at("own.raw");
  const args = [
    "--image",
    base,
    "--kernel",
    `TWQDEBUG=${kernel}`,
    "--format",
    "raw",
    "--to",
    image,
  ];
  expect((await kernlane(["stage", "twq", ...args], cwd)).status).toBe(0);
  execFileSync("rm", [base]);
  const booted = await kernlane(boot(image), cwd);
  expect([booted.status, booted.stdout.includes("alone\n")]).toEqual([0, true]);
  using staged = openFreebsdImage(image);
  expect(staged.typeAt("/boot/TWQDEBUG/kernel")).toBe("file");
});

test("a guest that resets itself is exit status 1, and is not started again", async () => {
  const image = makeBootable(disk, at("reset.raw"), "reset", "going down");
  const { status, stdout, stderr } = await kernlane(boot(image), cwd);
  expect([status, stdout.split("going down").length - 1]).toEqual([1, 1]);
  expect(stderr).toContain("machine reset");
  expect(leftovers()).toEqual([]);
});

test("Ctrl-C ends the guest with status 130 and leaves nothing behind", async () => {
  const image = makeBootable(disk, at("hang.raw"), "hang", "waiting");
  const { child, finished, said } = start(boot(image), cwd);
  await said("waiting");
  const name = `kernlane-boot-${child.pid!}`;
  expect(findProcess(name)).toBeDefined();
  child.kill("SIGINT");
  const { status, stderr } = await finished;
  expect(status).toBe(130);
  expect(stderr).toContain("machine stopped");
  expect([findProcess(name), leftovers()]).toEqual([undefined, []]);
});

test("a guest does not outlive a kernlane that is killed, and the next boot sweeps what it left", async () => {
  const image = makeBootable(disk, at("hang.raw"), "hang", "waiting");
  const { child, finished, said } = start(boot(image), cwd);
  await said("waiting");
  child.kill("SIGKILL");
  await finished;
  await until(() => findProcess(`kernlane-boot-${child.pid!}`) === undefined);
  expect(leftovers()).toHaveLength(1);
  const next = makeBootable(disk, at("off.raw"), "power-off", "again");
  expect((await kernlane(boot(next), cwd)).status).toBe(0);
  expect(leftovers()).toEqual([]);
});

test.each([
  ["a missing image", () => at("nowhere.raw"), "image-not-found"],
  ["a text", () => put("text.img", "no image\n"), "image-not-bootable"],
  ["a bare file system", () => makeGuest(), "image-not-bootable"],
  [
    "a compressed image",
    () => put("image.raw.xz", Buffer.from("fd377a585a000004", "hex")),
    "image-not-raw",
  ],
])("boot refuses %s with status 2", async (_, image, code) => {
  const { status, stdout, stderr } = await kernlane(boot(image()), cwd);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(`error[${code}]`);
  expect(leftovers()).toEqual([]);
});

test("stage refuses what cannot be staged with status 2, and makes nothing", async () => {
  const linux = await kernlane(["stage", "linux"], cwd);
  expect([linux.status, linux.stdout]).toEqual([2, ""]);
  expect(linux.stderr).toContain("error[stage-needs-disk]");
  const twice = [
    "stage",
    "twq",
    "--image",
    disk,
    "--kernel",
    `A=${kernel}`,
    "--kernel",
    `B=${kernel}`,
  ];
  expect((await kernlane(twice, cwd)).stderr).toContain("error[kernel-ambiguous]");
  expect(readdirSync(cwd).filter((name) => /raw|qcow2/.test(name))).toEqual([]);
});

function put(name: string, content: string | Uint8Array): string {
  writeFileSync(at(name), content);
  return at(name);
}
