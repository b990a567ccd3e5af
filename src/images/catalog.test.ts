import { expect, test } from "vitest";
import { findInCatalog } from "./catalog.js";

const accepted = (name: string, file: string): readonly string[] =>
  findInCatalog(name)
    .sources.filter(({ pattern }) => pattern.test(file))
    .map(({ folder }) => folder);

test.each([
  [
    "freebsd-15.1-release",
    "FreeBSD-15.1-RELEASE-amd64-BASIC-CI-ufs.raw.xz",
    "releases/CI-IMAGES/15.1-RELEASE",
  ],
  [
    "freebsd-14.3-release",
    "FreeBSD-14.3-RELEASE-amd64-BASIC-CI.raw.xz",
    "releases/CI-IMAGES/14.3-RELEASE",
  ],
  [
    "freebsd-15.0-release",
    "FreeBSD-15.0-RELEASE-amd64-ufs.raw.xz",
    "releases/VM-IMAGES/15.0-RELEASE",
  ],
  [
    "freebsd-13.1-release-ufs",
    "FreeBSD-13.1-RELEASE-amd64.raw.xz",
    "releases/VM-IMAGES/13.1-RELEASE",
  ],
  [
    "freebsd-15.0-release-zfs",
    "FreeBSD-15.0-RELEASE-amd64-zfs.raw.xz",
    "releases/VM-IMAGES/15.0-RELEASE",
  ],
  [
    "freebsd-15.0-stable-ufs",
    "FreeBSD-15.0-STABLE-amd64-20261120-0b9b9d5e0b8e-281000-ufs.raw.xz",
    "snapshots/VM-IMAGES/15.0-STABLE",
  ],
  [
    "freebsd-15.0-stable-ufs",
    "FreeBSD-15.0-STABLE-amd64-ufs-20261120-0b9b9d5e0b8e-281000.raw.xz",
    "snapshots/VM-IMAGES/15.0-STABLE",
  ],
])("%s takes %s", (name, file, folder) => {
  expect(accepted(name, file)).toEqual([`${folder}/amd64/Latest`]);
});

test("takes no image of another file system, version, machine or format", () => {
  for (const file of [
    "FreeBSD-15.0-RELEASE-amd64-zfs.raw.xz",
    "FreeBSD-15.1-RELEASE-amd64-ufs.raw.xz",
    "FreeBSD-15.0-RELEASE-arm64-aarch64-ufs.raw.xz",
    "FreeBSD-15.0-RELEASE-amd64-ufs.qcow2.xz",
    "FreeBSD-15.0-RELEASE-amd64-BASIC-CLOUDINIT-ufs.raw.xz",
    "FreeBSD-15x0-RELEASE-amd64-ufs.raw.xz",
  ]) {
    expect(accepted("freebsd-15.0-release", file)).toEqual([]);
  }
});

test("suggests the name that was meant", () => {
  expect(() => findInCatalog("freebsd-15.0-relase")).toThrow(
    expect.objectContaining({ code: "image-unknown", hint: "did you mean freebsd-15.0-release?" }),
  );
  expect(() => findInCatalog("../freebsd-15.0-release")).toThrow('no image is called "../');
});
