import { LaneError } from "../../base/errors.js";
import { openKernelFile } from "../kernel-file.js";
import { identifyLinuxKernel } from "../../binary/linux-kernel.js";
import type { KernelIdentity } from "../guest.js";

/**
 * Who a Linux kernel file is going to say that it is.
 *
 * @throws LaneError (image) when the file is no Linux kernel that can be started directly
 * @example identityOf("/boot/vmlinuz").label // "6.1.0-56-cloud-amd64"
 */
export function identityOf(path: string): KernelIdentity {
  using file = openKernelFile(path);
  const { release, version, startsDirectly } = identifyLinuxKernel(file);
  if (!startsDirectly) {
    throw new LaneError(
      "kernel-not-direct",
      `${path} is a vmlinux without a PVH entry point, which QEMU cannot start`,
      { facts: { path } },
    );
  }
  return { label: release, release, version };
}
