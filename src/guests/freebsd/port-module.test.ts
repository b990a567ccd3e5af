import { describe, expect, test } from "vitest";
import type { FreebsdKernel } from "../../binary/freebsd-kernel.js";
import { ownPortModule, slotPortModule } from "./port-module.js";

const IN_IMAGE = "/boot/kernel/virtio_console.ko";
const official = {
  typeAt: (path: string) => (path === IN_IMAGE ? ("file" as const) : undefined),
};
const bare = { typeAt: () => undefined };

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

  test("has the one that was built with it, whatever it is", () => {
    const staged = ["/obj/modules/nullfs.ko", "/obj/modules/virtio_console.ko"];
    const odd = kernel(1600001, { options: ["KMSAN"] });
    expect(moduleFor(odd, own, staged)).toBe("/boot/TWQDEBUG/virtio_console.ko");
  });
});
