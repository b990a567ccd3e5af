/**
 * A FreeBSD guest in little, made by makefs(8): what kernlane looks at in an image, with nothing of FreeBSD's own in it.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildFreebsdKernel } from "../fixtures/freebsd-kernel-file.js";
import { scratchPath } from "./tools.js";

/** Contents by path; a link is given as its target. */
export type Tree = Readonly<Record<string, string | Uint8Array | { readonly link: string }>>;

/** The loader of a 15: the defaults' lists of files, and scripts that know them. */
export const guestTree: Tree = {
  "boot/defaults/loader.conf": [
    'kernel="kernel"',
    'loader_conf_files="/boot/device.hints /boot/loader.conf"',
    'loader_conf_dirs="/boot/loader.conf.d"',
    'local_loader_conf_files="/boot/loader.conf.local"',
    'nextboot_conf="/boot/nextboot.conf"',
    'module_path="/boot/modules"',
    "",
  ].join("\n"),
  "boot/lua/config.lua": "-- loader_conf_dirs local_loader_conf_files\n",
  "boot/loader.conf": 'console="comconsole"\nautoboot_delay="-1"\n',
  "boot/loader.conf.d/50-mine.conf": 'kernel="TWQDEBUG"\nif_mine_load="YES"\n',
  "boot/kernel/kernel": buildFreebsdKernel({ ident: "GENERIC" }),
  "boot/TWQDEBUG/kernel": buildFreebsdKernel({ ident: "TWQDEBUG" }),
  "boot/broken/kernel": "no kernel\n",
  "boot/packed/kernel.gz": Uint8Array.of(0x1f, 0x8b, 8),
  "boot/linked": { link: "TWQDEBUG" },
  "boot/circle": { link: "circle" },
  "boot/nowhere": { link: "/gone" },
  "bin/freebsd-version": '#!/bin/sh\nUSERLAND_VERSION="15.0-STABLE"\n',
  "etc/rc.conf": 'hostname="guest"\n',
};

/** @returns the path of the image */
export function makeGuest(tree: Tree = guestTree): string {
  const folder = scratchPath("guest");
  for (const [name, content] of Object.entries(tree)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    if (typeof content === "object" && "link" in content) symlinkSync(content.link, path);
    else writeFileSync(path, content);
  }
  const image = scratchPath("guest.img");
  const options = ["-t", "ffs", "-B", "little", "-s", "8m", "-f", "200"];
  execFileSync("makefs", [...options, "-o", "version=2,bsize=8192,fsize=1024", image, folder], {
    stdio: "ignore",
  });
  return image;
}
