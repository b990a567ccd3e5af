/**
 * What a person types to build something of a FreeBSD source tree: on FreeBSD its `make`; elsewhere `make` is GNU's, and the tree brings
 * `tools/build/make.py`, which builds the right one first.
 */
import { join } from "node:path";
import { clangFolder, compilerFolders } from "./cross-compiler.js";

export interface BuildHost {
  readonly platform: NodeJS.Platform;
  /** MAKEOBJDIRPREFIX, where it is known. */
  readonly objdirPrefix?: string;
  /** The folder with clang and ld.lld that make.py is to be told of; absent where the environment names them (XCC). */
  readonly crossBindir?: string;
}

/** The host that kernlane runs on. */
export function thisHost(objdirPrefix = process.env["MAKEOBJDIRPREFIX"]): BuildHost {
  const { platform, env } = process;
  return {
    platform,
    ...(objdirPrefix ? { objdirPrefix } : {}),
    ...(platform === "freebsd" || env["XCC"]
      ? {}
      : { crossBindir: clangFolder(compilerFolders(env)) ?? "LLVM/bin" }),
  };
}

/** @example buildCommand("/usr/src", "buildkernel KERNCONF=TWQDEBUG", { platform: "freebsd" }) // "make -C /usr/src buildkernel …" */
export function buildCommand(
  sourceDir: string,
  targets: string,
  { platform, objdirPrefix, crossBindir }: BuildHost,
): string {
  const isOwn = platform === "freebsd";
  const prefix = objdirPrefix ?? (isOwn ? undefined : "OBJDIR");
  const words = [
    ...(prefix === undefined ? [] : [`MAKEOBJDIRPREFIX=${prefix}`]),
    isOwn ? `make -C ${sourceDir}` : join(sourceDir, "tools/build/make.py"),
    ...(isOwn || crossBindir === undefined ? [] : [`--cross-bindir=${crossBindir}`]),
    ...(isOwn ? [] : ["TARGET=amd64 TARGET_ARCH=amd64"]),
    targets,
  ];
  return words.join(" ");
}
