/**
 * The `auto` kernel of a Linux guest: one that is already there, else the distribution's, unpacked into the cache and not
 * installed.
 */
import { existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { release } from "node:os";
import { join } from "node:path";
import { LaneError } from "../../base/errors.js";
import { runCommand } from "../../host/command.js";
import { withDiskErrors } from "../../host/disk-errors.js";
import { openHold } from "../../host/ledger.js";
import { makeFolder } from "../../host/make-folder.js";
import { cacheFolder, findProgram, stateFolder } from "../../host/paths.js";
import type { KernelFile } from "../guest.js";
import { readLinuxKernel } from "./kernel.js";

/** Meta-packages by preference: small kernels for virtual machines first (Debian's name, then Ubuntu's). */
const META_PACKAGES = [
  "linux-image-cloud-amd64",
  "linux-image-virtual",
  "linux-image-amd64",
  "linux-image-generic",
];

/** A distribution's kernel package has up to 150 MB. */
const DOWNLOAD_DEADLINE_MS = 600_000;

/**
 * @param mayFetch whether one may be downloaded now; if not, the file that a run would download is named
 * @throws LaneError `no-stock-kernel` (host) when there is none and none can be had
 */
export async function findStockLinux(mayFetch: boolean, signal?: AbortSignal): Promise<KernelFile> {
  const found = bootedKernel() ?? unpackedKernel();
  if (found) return found;
  return mayFetch ? downloadKernel(signal) : kernelToCome();
}

/** Its version is known once it has been downloaded. */
function kernelToCome(): KernelFile {
  return {
    path: join(kernelsFolder(), "linux-image-*", "vmlinuz"),
    identity: { label: "not known yet" },
    origin: "not here yet: a run downloads it through apt",
  };
}

/** The running kernel's file first, then the newest of /boot; what cannot be read or started is passed over. */
function bootedKernel(): KernelFile | undefined {
  const names = existsSync("/boot")
    ? readdirSync("/boot").filter((name) => name.startsWith("vmlinuz"))
    : [];
  const running = `vmlinuz-${release()}`;
  names.sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
  for (const name of names.includes(running) ? [running, ...names] : names) {
    const found = usable(join("/boot", name), name === running ? "the host's own" : "from /boot");
    if (found) return found;
  }
  return undefined;
}

function usable(path: string, origin: string): KernelFile | undefined {
  try {
    return readLinuxKernel(path, origin);
  } catch (error) {
    if (error instanceof LaneError) return undefined;
    throw error;
  }
}

function kernelsFolder(): string {
  return join(cacheFolder(), "kernels");
}

/** Folders are named by package and version, as apt names the files. */
function unpackedKernel(): KernelFile | undefined {
  // Where the cache is read-only, what was downloaded is elsewhere.
  for (const folder of new Set([kernelsFolder(), join(stateFolder(), "kernels")])) {
    const names = existsSync(folder)
      ? readdirSync(folder).filter((name) => name.startsWith("linux-image-"))
      : [];
    names.sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
    for (const name of names) {
      const found = usable(join(folder, name, "vmlinuz"), `package ${name}`);
      if (found) return found;
    }
  }
  return undefined;
}

async function downloadKernel(signal: AbortSignal | undefined): Promise<KernelFile> {
  const missing = ["apt-get", "apt-cache", "dpkg-deb"].filter(
    (name) => findProgram(name) === undefined,
  );
  if (missing.length > 0)
    throw noKernel(
      `/boot has none, and ${missing.join(", ")} is missing, which would download one`,
    );
  const wanted = await namePackage(signal);
  const kernels = join(stateFolder(), "kernels");
  withDiskErrors(kernels, () => makeFolder(kernels));
  const scratch = join(kernels, `download-${randomUUID()}`);
  const hold = await openHold("a kernel that is downloaded", [scratch]);
  try {
    withDiskErrors(scratch, () => mkdirSync(scratch));
    await run(["apt-get", "download", wanted], scratch, signal);
    const archive = readdirSync(scratch).find((name) => name.endsWith(".deb"));
    if (archive === undefined) throw noKernel(`apt-get download ${wanted} left no file`);
    await run(["dpkg-deb", "-x", archive, "tree"], scratch, signal);
    const boot = join(scratch, "tree", "boot");
    const image = readdirSync(boot).find((name) => name.startsWith("vmlinuz-"));
    if (image === undefined) throw noKernel(`${archive} holds no boot/vmlinuz-*`);
    const folder = join(kernels, archive.replace(/\.deb$/, ""));
    keepImage(join(boot, image), folder);
    return readLinuxKernel(join(folder, "vmlinuz"), `${wanted} from apt`);
  } finally {
    await hold[Symbol.asyncDispose]();
  }
}

/** The meta-package's dependency that holds the kernel itself. */
async function namePackage(signal: AbortSignal | undefined): Promise<string> {
  for (const meta of META_PACKAGES) {
    const { stdout } = await runCommand(
      { argv: ["apt-cache", "depends", "--no-recommends", meta] },
      60_000,
      signal,
    );
    const image = /Depends: (linux-image-\d\S*)/.exec(stdout)?.[1];
    if (image !== undefined) return image;
  }
  throw noKernel(`/boot has none, and apt knows none of ${META_PACKAGES.join(", ")}`);
}

async function run(
  argv: readonly string[],
  cwd: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { code, stdout, stderr } = await runCommand({ argv, cwd }, DOWNLOAD_DEADLINE_MS, signal);
  if (code !== 0) throw noKernel(`${argv.join(" ")} failed: ${(stderr || stdout).trim()}`);
}

function keepImage(image: string, folder: string): void {
  makeFolder(folder);
  renameSync(image, join(folder, "vmlinuz"));
}

function noKernel(reason: string): LaneError {
  return new LaneError("no-stock-kernel", `no Linux kernel was found: ${reason}`);
}
