/** The driver of the agent's virtio-serial port: loaded where the image has one and the machine a port, and never in the way. */
import { expect, test } from "vitest";
import { openImage } from "../../src/disk/open-image.js";
import { editDisk } from "../../src/disk/edits.js";
import { openFreebsd } from "../../src/guests/freebsd/freebsd.js";
import { guestFiles } from "../../src/guests/freebsd/guest-files.js";
import { effectiveSetting, readLoaderSettings } from "../../src/guests/freebsd/loader-settings.js";
import { buildModule } from "../fixtures/freebsd-module-file.js";
import type { Tree } from "./freebsd-tree.js";
import { openEdited } from "./model.js";
import { makeDisk, makeKernel, usedTree } from "./staged-guest.js";

const module: Tree = {
  "boot/kernel/virtio_console.ko": buildModule({ provides: ["virtio_console"] }),
};

/** What a kernel's machine gets for a port, and what the loader is told when it has one. */
async function portOf(tree: Tree, file: string, hasPort = true) {
  const image = makeDisk({ ...usedTree, ...tree });
  const guest = openFreebsd({ image, probeAt: "init", writableRoot: false });
  const kernel = await guest.findKernel({ column: "TWQDEBUG", file, modules: false }, false);
  const { disk } = guest.planStaging({
    kernel,
    folder: "/runs/twq/stock",
    files: [],
    diskFormat: "qcow2",
    memoryMiB: 512,
    hasPort,
    guestDeadlineMs: 60_000,
    timeSeconds: 1_767_225_600,
  });
  using base = openImage(disk!.base.path);
  const settings = readLoaderSettings(guestFiles(openEdited(editDisk(base, disk!.edits))));
  return {
    port: guest.portFor(kernel),
    loads: effectiveSetting(settings, "virtio_console_load")?.value,
  };
}

const port = { device: "/dev/vtcon/kernlane.probe", isSynchronous: true };

test.each([
  ["the image's own kernel", () => "auto"],
  ["a kernel in its slot", () => makeKernel("TWQDEBUG", new Uint8Array(0))],
])("%s is told to load the image's module for the port", async (_, file) => {
  expect(await portOf(module, file())).toEqual({ port, loads: "YES" });
});

test("an image without the module has no port", async () => {
  expect((await portOf({}, "auto")).port).toBeUndefined();
});

test("a machine without a port loads nothing for it", async () => {
  expect((await portOf(module, "auto", false)).loads).toBeUndefined();
});

test("a user's file that forbids the module is no reason to refuse the image", async () => {
  const forbidden = { ...module, "boot/loader.conf.local": 'virtio_console_load="NO"\n' };
  expect(await portOf(forbidden, "auto")).toEqual({ port, loads: "NO" });
});
