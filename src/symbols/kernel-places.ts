/** Where builds, installations and packages leave the symbols of a kernel. */
import { basename, dirname, join, resolve } from "node:path";
import type { FullProof } from "./prove.js";

const DEBUG = "/usr/lib/debug";
/** A guest said it, and it becomes a part of a path. */
const SAFE_NAME = /^(?!\.)[\w.+~-]{1,128}$/;
const BUILD_ID = /^[0-9a-f]{4,128}$/;

/** Beside the kernel's file, in the tree that built it, and where packages put debug information: the likeliest first. */
export function usualPlaces(from: FullProof, kernel: string | undefined): readonly string[] {
  const proof = withSafeNames(from);
  const beside = kernel === undefined ? [] : besideKernel(proof, resolve(kernel));
  return [...new Set([...beside, ...installed(proof, DEBUG), ...byRelease(proof)])];
}

/** Where in a folder that the user named: a build tree, an object directory, `/usr/lib/debug` or a copy of it, a root file system. */
export function placesInFolder(from: FullProof, folder: string): readonly string[] {
  const proof = withSafeNames(from);
  return [
    ...namesOf(proof).map((name) => join(folder, name)),
    ...installed(proof, folder),
    ...installed(proof, join(folder, DEBUG)),
  ];
}

/** Without what cannot be a name of a file or folder. */
function withSafeNames({ family, buildId, release, ident, link }: FullProof): FullProof {
  const safe = (text: string | undefined): string | undefined =>
    text !== undefined && SAFE_NAME.test(text) ? text : undefined;
  return {
    family,
    buildId: buildId !== undefined && BUILD_ID.test(buildId) ? buildId : undefined,
    release: safe(release),
    ident: safe(ident),
    link,
  };
}

/** Where the modules of a release have their debug information, below `/usr/lib/debug` or a folder like it. */
export function moduleFolders(from: FullProof, root: string = DEBUG): readonly string[] {
  const { family, release, ident } = withSafeNames(from);
  if (family === "freebsd")
    return ["kernel", ...(ident ? [ident] : [])].map((slot) => join(root, "boot", slot));
  if (release === undefined) return [];
  return [join(root, "lib", "modules", release), join(root, "usr", "lib", "modules", release)];
}

function besideKernel(proof: FullProof, kernel: string): readonly string[] {
  const folder = dirname(kernel);
  const names = [...namesOf(proof), ...(proof.link ? [proof.link.name] : [])];
  const here = names.map((name) => join(folder, name));
  // What boots is a bzImage mostly, which has no symbols; a vmlinux has its own name.
  if (proof.family === "linux") return [...here, resolve(folder, "..", "..", "..", "vmlinux")];
  // installkernel puts it under usr/lib/debug of the same root.
  const root = resolve(folder, "..", "..");
  return [...here, join(root, DEBUG, "boot", basename(folder), "kernel.debug"), kernel];
}

function namesOf({ family, release }: FullProof): readonly string[] {
  if (family === "freebsd") return ["kernel.debug", "kernel.full"];
  const ofRelease = release === undefined ? [] : [`vmlinux-${release}`, `vmlinux-${release}.debug`];
  return ["vmlinux", ...ofRelease, "vmlinux.debug"];
}

function installed(
  { family, buildId, release, ident }: FullProof,
  root: string,
): readonly string[] {
  const byId =
    buildId === undefined
      ? []
      : [join(root, ".build-id", buildId.slice(0, 2), `${buildId.slice(2)}.debug`)];
  if (family === "freebsd") {
    const slots = ["kernel", ...(ident === undefined ? [] : [ident])];
    return [...byId, ...slots.map((slot) => join(root, "boot", slot, "kernel.debug"))];
  }
  if (release === undefined) return byId;
  return [
    ...byId,
    join(root, "boot", `vmlinux-${release}`),
    join(root, "boot", `vmlinux-${release}.debug`),
    ...["lib", "usr/lib"].flatMap((lib) =>
      ["vmlinux", "vmlinux.debug"].map((name) => join(root, lib, "modules", release, name)),
    ),
    join(root, `vmlinux-${release}`),
  ];
}

function byRelease({ family, release }: FullProof): readonly string[] {
  if (family !== "linux" || release === undefined) return [];
  return [
    `/boot/vmlinux-${release}`,
    `/lib/modules/${release}/build/vmlinux`,
    `/lib/modules/${release}/vmlinux`,
  ];
}
