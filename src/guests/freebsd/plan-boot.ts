/**
 * How a guest is started: by the hypervisor, which is there seconds earlier, or by the firmware and the loader of its disk.
 */
import { join } from "node:path";
import { LaneError } from "../../base/errors.js";
import { editDisk } from "../../disk/edits.js";
import { openFileSystem } from "../../disk/ufs2/file-system.js";
import type { DirectBoot, DiskBoot } from "../../machine/machine.js";
import { bootOfDisk } from "../disk-boot.js";
import type { DirectStart, StagingInput } from "../guest.js";
import { planDirectStart } from "./direct/direct-start.js";
import type { FreebsdOptions } from "./freebsd.js";
import type { FreebsdImage } from "./image.js";
import { planEdits, type PlannedEdits } from "./plan-edits.js";
import { findSlot, STOCK_SLOT } from "./slots.js";

export interface PlannedBoot {
  readonly boot: DirectBoot | DiskBoot;
  /** Of a direct boot. */
  readonly start?: DirectStart;
  readonly planned: PlannedEdits;
  readonly notices: readonly string[];
}

/**
 * The loader is what an image that needs it is started by, and one that a person or another program boots.
 *
 * @throws LaneError `boot-not-direct` (usage), those of `bootOfDisk` and `planEdits`
 */
export function planBoot(
  image: FreebsdImage,
  options: FreebsdOptions,
  input: StagingInput,
): PlannedBoot {
  const { boot: wanted, firmware } = options;
  const isForMachine = input.startsKernels !== undefined && input.leavesAgentIdle !== true;
  const isDirect =
    isForMachine &&
    (wanted === "direct" ||
      (wanted === undefined && firmware === undefined && input.startsKernels));
  if (!isDirect) return byLoader(image, options, input);
  const direct = input.startsKernels
    ? byHypervisor(image, options, input)
    : "bhyve has its kernels started by its loader";
  if (typeof direct !== "string") return direct;
  if (wanted === "direct") throw notDirect(direct);
  const plan = byLoader(image, options, input);
  return { ...plan, notices: [...plan.notices, `started by its loader: ${direct}`] };
}

function byLoader(image: FreebsdImage, options: FreebsdOptions, input: StagingInput): PlannedBoot {
  const { firmware } = options;
  const boot = bootOfDisk(image.disk, { firmware, needsBootCode: input.needsBootCode ?? true });
  const planned = planEdits(image, options, input, input.smbios?.[boot.firmware]);
  return { boot, planned, notices: planned.notices };
}

/** @returns or why it cannot be done, as a clause */
function byHypervisor(
  image: FreebsdImage,
  options: FreebsdOptions,
  input: StagingInput,
): PlannedBoot | string {
  const planned = planEdits(image, options, input, input.smbios?.bios);
  const fs = openFileSystem(editDisk(image.disk, planned.edits), image.root);
  const { slot } = input.kernel;
  const kernel = slot === undefined ? findSlot(image, STOCK_SLOT)!.path : `/boot/${slot}/kernel`;
  const path = join(input.folder, "boot.elf");
  const start = planDirectStart(fs, planned.settings, kernel, path, input.smbios?.bios.values);
  if (typeof start === "string") return start;
  return { boot: { kind: "direct", kernel: path }, start, planned, notices: [] };
}

function notDirect(why: string): LaneError {
  return new LaneError("boot-not-direct", `boot: "direct" cannot be done: ${why}`);
}
