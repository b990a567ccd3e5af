import { expect, test } from "vitest";
import type { ImageOverview } from "../guests/freebsd/overview.js";
import { formatImage } from "./inspect-text.js";
import { styleFor } from "./style.js";

const image: ImageOverview = {
  path: "guest.raw",
  format: "raw",
  sizeBytes: 6 * 1024 ** 3,
  sectorBytes: 512,
  scheme: "gpt",
  partitions: [
    {
      number: 4,
      type: "freebsd-ufs",
      label: "rootfs",
      offsetBytes: 1024,
      sizeBytes: 5 * 1024 ** 3,
      isRoot: true,
    },
  ],
  rootWhy: "the only UFS partition",
  fileSystem: {
    type: "ufs2",
    offsetBytes: 1024,
    volumeName: "rootfs",
    sizeBytes: 5 * 1024 ** 3,
    blockBytes: 32768,
    fragmentBytes: 4096,
    freeBytes: 1024 ** 3,
    freeInodes: 77,
    softUpdates: true,
    journal: true,
    checkHashes: ["superblock", "groups"],
    clean: false,
  },
  userland: "15.0-STABLE",
  kernels: [
    {
      name: "kernel",
      path: "/boot/kernel/kernel",
      sizeBytes: 1024 ** 2,
      ident: "GENERIC",
      release: "15.0-STABLE",
      osreldate: 1500068,
      options: null,
      version: "FreeBSD 15.0-STABLE #0\n    root@host:/obj",
      trouble: null,
    },
    {
      ...{ name: "odd", path: "/boot/odd/kernel", sizeBytes: 10, ident: null, release: null },
      ...{ version: null, osreldate: null, options: null, trouble: "it is a text file" },
    },
  ],
  loader: {
    kind: "lua",
    readsConfDir: true,
    files: [],
    settings: [{ name: "kernel", value: "odd", file: "/boot/loader.conf", line: 3 }],
    modules: ["if_foo"],
  },
  warnings: ["look out"],
};

test("shows what is in an image, section by section", () => {
  expect(formatImage(image, styleFor(false)).split("\n")).toEqual([
    "guest.raw",
    "  format       raw, 6.0 GiB",
    "  userland     15.0-STABLE",
    "  loader       lua, reads /boot/loader.conf.d",
    "",
    "partitions",
    "  gpt 4  freebsd-ufs  rootfs  5.0 GiB  at byte 1024  the root (the only UFS partition)",
    "",
    "file system",
    '  UFS2          5.0 GiB "rootfs"',
    "  blocks        32.0 KiB, fragments of 4.0 KiB",
    "  free          1.0 GiB, 77 inodes",
    "  journal       soft updates, journaled",
    "  check-hashes  superblock, groups",
    "  state         not clean",
    "",
    "kernels",
    "  kernel  GENERIC  1.0 MiB   FreeBSD 15.0-STABLE #0",
    "  odd     ?        10 bytes  it is a text file",
    "",
    "loader settings",
    '  /boot/loader.conf:3  kernel="odd"',
    "  modules              if_foo",
    "",
    "warnings",
    "  look out",
    "",
  ]);
});

test("says so where there are no partitions, kernels or settings", () => {
  const shown = formatImage(
    {
      ...image,
      partitions: [],
      userland: null,
      kernels: [],
      loader: { ...image.loader, readsConfDir: false, settings: [], modules: [] },
      warnings: [],
    },
    styleFor(false),
  );
  expect(shown).toContain("  none: the file system is the whole disk\n");
  expect(shown).toContain("kernels\n  none\n");
  expect(shown).toContain("loader settings\n  none\n");
  expect(shown).toContain("does not read /boot/loader.conf.d");
  expect(shown).not.toContain("warnings");
});

test("lets no control character of an image reach the terminal", () => {
  const hostile = "\u001b]0;owned\u0007\u009b2J";
  const shown = formatImage(
    {
      ...image,
      path: hostile,
      partitions: [{ ...image.partitions[0]!, label: hostile }],
      fileSystem: { ...image.fileSystem, volumeName: hostile },
      userland: hostile,
      kernels: [{ ...image.kernels[0]!, name: hostile, ident: hostile, version: hostile }],
      loader: {
        ...image.loader,
        settings: [{ name: hostile, value: hostile, file: hostile, line: 1 }],
        modules: [hostile],
      },
      warnings: [hostile],
    },
    styleFor(false),
  );
  expect(shown.replaceAll("\n", "")).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
});
