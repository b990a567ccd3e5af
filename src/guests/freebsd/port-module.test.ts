import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { buildModule } from "../../../test/fixtures/freebsd-module-file.js";
import { tempFolder } from "../../../test/temp-folder.js";
import { memorySource } from "../../binary/byte-source.js";
import type { FreebsdKernel } from "../../binary/freebsd-kernel.js";
import { ownPortModule, slotPortModule } from "./port-module.js";

const IN_IMAGE = "/boot/kernel/virtio_console.ko";
const driver = buildModule({ needs: ["kernel", "virtio"], provides: ["virtio_console"] });
const imageWith = (module: Uint8Array) => ({
  open: (path: string) => (path === IN_IMAGE ? memorySource(module) : undefined),
});
const official = imageWith(driver);
const bare = { open: () => undefined };

function kernel(osreldate: number, part: Partial<FreebsdKernel> = {}): FreebsdKernel {
  return {
    os: "freebsd",
    arch: "amd64",
    ident: "TWQDEBUG",
    version: "FreeBSD 15.0-STABLE",
    release: "15.0-STABLE",
    osreldate,
    options: ["DDB"],
    startsDirectly: true,
    ...part,
  };
}

const own = kernel(1500068);

test("the image's own kernel has the module of its folder, where there is one", () => {
  expect(ownPortModule(official)).toBe(IN_IMAGE);
  expect(ownPortModule(bare)).toBeUndefined();
});

test.each([
  ["is cut off", driver.subarray(0, driver.length - 300)],
  ["is no object file", Buffer.from("not found\n")],
  ["is another module", buildModule({ provides: ["nullfs"] })],
])("a file of that name that %s is none", (_, module) => {
  expect(ownPortModule(imageWith(module))).toBeUndefined();
});

describe("a kernel in a slot", () => {
  const moduleFor = (
    one: FreebsdKernel,
    of: FreebsdKernel | undefined = own,
    staged: readonly string[] = [],
  ) => slotPortModule(official, of, one, { slot: "TWQDEBUG", staged });

  test.each([
    ["of the same version", kernel(1500068)],
    ["of the same version, with checks", kernel(1500068, { options: ["INVARIANTS", "WITNESS"] })],
    ["that does not say its options", kernel(1500068, { options: undefined })],
    ["of a later version of the same stable branch", kernel(1500500)],
  ])("%s has the image's module", (_, one) => {
    expect(moduleFor(one)).toBe(IN_IMAGE);
  });

  test.each([
    ["of an earlier version", kernel(1500001), own],
    ["of another branch", kernel(1600001), own],
    ["of a branch under development", kernel(1600005, { release: "16.0-CURRENT" }), own],
    ["beside one under development", kernel(1600005), kernel(1600001, { release: "16.0-CURRENT" })],
    ["with KMSAN", kernel(1500068, { options: ["KMSAN"] }), own],
  ])("%s has none of the image's", (_, one, of) => {
    expect(moduleFor(one, of)).toBeUndefined();
  });

  test("in an image whose own kernel is unknown has none of the image's", () => {
    const staged = { slot: "TWQDEBUG", staged: [] };
    expect(slotPortModule(official, undefined, own, staged)).toBeUndefined();
  });

  const built = (module: Uint8Array): readonly string[] => {
    const path = join(tempFolder("objects"), "virtio_console.ko");
    writeFileSync(path, module);
    return ["/obj/modules/nullfs.ko", path];
  };

  test("has the one that was built with it, whatever the image has", () => {
    const staged = built(driver);
    const odd = kernel(1600001, { options: ["KMSAN"] });
    expect(moduleFor(odd, own, staged)).toBe("/boot/TWQDEBUG/virtio_console.ko");
  });

  test("has none where the one that was built with it is damaged, for it would come first", () => {
    expect(moduleFor(own, own, built(driver.subarray(0, 200)))).toBeUndefined();
  });
});
