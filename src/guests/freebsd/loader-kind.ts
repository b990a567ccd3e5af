/**
 * Which of FreeBSD's two loaders a guest starts with, and what it can do.
 *
 * The Lua loader (the default since 12) runs the scripts in /boot/lua, the Forth loader those in /boot/*.4th; images have
 * both sets of scripts more often than not, so it is the program /boot/loader that tells: each names its first script. A guest
 * without it is started by a loader from elsewhere (an EFI partition, bhyveload), which is the Lua one on today's systems.
 */
import type { GuestFiles } from "./guest-files.js";

export interface Loader {
  /** `unknown`: the image has the scripts of neither. */
  readonly kind: "lua" | "forth" | "unknown";
  /** Whether it reads the directories of `loader_conf_dirs`. */
  readonly readsDirectories: boolean;
  /** Whether it reads the files of `local_loader_conf_files`. */
  readonly readsLocalFiles: boolean;
  /** Whether it reads directories that are named after the machine, by `product_vars`. */
  readonly readsProducts: boolean;
  /** Whether it runs a settings file whose name ends with `lua`. */
  readonly runsLua: boolean;
}

/** What loaders without the Lua scripts do. */
export const READS_FILES_ONLY = {
  readsDirectories: false,
  readsLocalFiles: false,
  readsProducts: false,
  runsLua: false,
} as const;

const PROGRAM = "/boot/loader";
const SCRIPT = "/boot/lua/config.lua";
const FORTH_SCRIPT = "/boot/loader.4th";
/** The program has about half a MiB. */
const PROGRAM_LIMIT_BYTES = 4 * 1024 * 1024;

/** @throws LaneError `guest-file-too-large`, `ufs2-damaged` (image) */
export function findLoader(guest: GuestFiles): Loader {
  const program = guest.readText(PROGRAM, PROGRAM_LIMIT_BYTES) ?? "";
  const script = guest.readText(SCRIPT) ?? "";
  const saysForth = program.includes("/boot/loader.rc") && !program.includes("/lua/loader.lua");
  if (saysForth || script === "") {
    const kind = guest.typeAt(FORTH_SCRIPT) === "file" ? "forth" : "unknown";
    return { kind, ...READS_FILES_ONLY };
  }
  return {
    kind: "lua",
    readsDirectories: script.includes("loader_conf_dirs"),
    readsLocalFiles: script.includes("local_loader_conf_files"),
    readsProducts: script.includes("product_vars"),
    runsLua: script.includes('match(".lua$")'),
  };
}
