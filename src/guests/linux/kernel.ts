import { LaneError } from "../../base/errors.js";
import { identifyLinuxKernel } from "../../binary/linux-kernel.js";
import type { KernelFile } from "../guest.js";
import { openKernelFile } from "../kernel-file.js";

/**
 * A Linux kernel file, who it is going to say that it is, and how much memory it needs.
 *
 * @throws LaneError (image) when the file is no Linux kernel that can be started directly
 * @example readLinuxKernel("/boot/vmlinuz", "given").identity.label // "6.1.0-56-cloud-amd64"
 */
export function readLinuxKernel(path: string, origin: string): KernelFile {
  using file = openKernelFile(path);
  const { release, version, startsDirectly, memoryBytes } = identifyLinuxKernel(file);
  if (!startsDirectly) {
    throw new LaneError(
      "kernel-not-direct",
      `${path} is a vmlinux without a PVH entry point, which QEMU cannot start`,
      { facts: { path } },
    );
  }
  return { path, identity: { label: release, release, version }, origin, memoryBytes };
}
