/**
 * Puts stand-in programs into a folder of their own, each a small script that knows its options.
 */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../temp-folder.js";

export interface StandIns {
  readonly folder: string;
  /** Stands for /dev/vmm. */
  readonly vmmFolder: string;
  readonly find: (program: string) => string | undefined;
}

export interface BhyveOptions {
  /** A bhyve whose usage still names `-A` and whose serial ports know no TCP. */
  readonly isOld?: boolean;
  /** Another program takes com2's port just before bhyve can. */
  readonly portIsTakenOnce?: boolean;
  readonly isVmmLoaded?: boolean;
}

/** bhyve, bhyveload, bhyvectl and kldstat. */
export function installBhyve(options: BhyveOptions = {}): StandIns {
  const standIns = makeFolder();
  const { vmmFolder } = standIns;
  const { isOld = false, portIsTakenOnce = false, isVmmLoaded = true } = options;
  const serial = isOld ? {} : { serialPattern: "tcp=%s" };
  const settings = JSON.stringify({ vmmFolder, isOld, portIsTakenOnce, ...serial });
  installScript(
    standIns,
    "bhyve",
    `exec "${process.execPath}" "${here("bhyve.mjs")}" '${settings}' "$@"`,
  );
  installScript(standIns, "bhyveload", `exec sh "${here("bhyveload.sh")}" "${vmmFolder}" "$@"`);
  installScript(standIns, "bhyvectl", `exec sh "${here("bhyvectl.sh")}" "${vmmFolder}" "$@"`);
  installScript(standIns, "kldstat", `exit ${isVmmLoaded ? 0 : 1}`);
  return standIns;
}

export function installQemu(): StandIns {
  const standIns = makeFolder();
  installScript(standIns, "qemu", `exec "${process.execPath}" "${here("qemu.mjs")}" "$@"`);
  return standIns;
}

/** @param body lines of sh(1) */
export function installScript({ folder }: StandIns, program: string, body: string): string {
  const path = join(folder, program);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

export function makeFolder(): StandIns {
  const folder = tempFolder("stand-ins");
  const vmmFolder = join(folder, "vmm");
  mkdirSync(vmmFolder);
  const find = (program: string): string | undefined => {
    const path = join(folder, program);
    return existsSync(path) ? path : undefined;
  };
  return { folder, vmmFolder, find };
}

function here(file: string): string {
  return join(import.meta.dirname, file);
}
