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
  /** One that knows monitor mode, `-M`. */
  readonly isNew?: boolean;
  /** Another program takes com2's port just before bhyve can. */
  readonly portIsTakenOnce?: boolean;
  /** `unsupported`: the file is loaded, and the module in it has found no processor for it. */
  readonly vmm?: "loaded" | "missing" | "unsupported";
  /** `hw.vmm.maxcpu`; 0: there is no such sysctl. */
  readonly maxCpus?: number;
  /** Whose the nodes of virtual machines are: not the user's if root's. */
  readonly nodesOf?: "user" | "root";
  /** The folder of gdb's descriptions was not installed. */
  readonly lacksGdbFiles?: boolean;
}

/** bhyve, bhyveload, bhyvectl, kldstat, sysctl and dmesg. */
export function installBhyve(options: BhyveOptions = {}): StandIns {
  const standIns = makeFolder();
  const { vmmFolder } = standIns;
  const { isOld = false, vmm = "loaded", maxCpus = 16, nodesOf = "user" } = options;
  const serial = isOld ? {} : { serialPattern: "tcp=%s" };
  const settings = JSON.stringify({ ...options, vmmFolder, maxCpus, ...serial });
  installScript(
    standIns,
    "bhyve",
    `exec "${process.execPath}" "${here("bhyve.mjs")}" '${settings}' "$@"`,
  );
  for (const program of ["bhyveload", "bhyvectl"])
    installScript(
      standIns,
      program,
      `exec sh "${here(`${program}.sh`)}" "${vmmFolder}" ${nodesOf} "$@"`,
    );
  const isThere = { loaded: "*", unsupported: "'-q -n vmm'", missing: "nothing" }[vmm];
  installScript(standIns, "kldstat", `case "$*" in ${isThere}) exit 0;; esac; exit 1`);
  installScript(standIns, "sysctl", maxCpus === 0 ? "exit 1" : `echo ${maxCpus}`);
  installScript(
    standIns,
    "dmesg",
    vmm === "unsupported"
      ? "echo 'SVM: not available.'; echo 'module_register_init: MOD_LOAD (vmm, 0xffffffff83250e00, 0) error 6'"
      : "echo 'CPU: AMD'",
  );
  return standIns;
}

/** sudo or doas, for whom the user is root where nodes are root's. */
export function installSudo(standIns: StandIns, program: "doas" | "sudo", log: string): string {
  return installScript(
    standIns,
    program,
    `[ "$1" = -n ] && shift && echo "\${1##*/} $*" >>${log} && KERNLANE_IS_ROOT=1 exec "$@"`,
  );
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
