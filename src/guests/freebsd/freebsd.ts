/**
 * FreeBSD guests: a base image that is never written, and edits over it that put the kernel into a slot of its own and the agent
 * beside it, which the kernel or an rc.d script starts. Nothing is mounted: the edits are planned in the image's own file system.
 */
import { realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LaneError } from "../../base/errors.js";
import { editDisk } from "../../disk/edits.js";
import { identifyFreebsdKernel, type FreebsdKernel } from "../../binary/freebsd-kernel.js";
import { openKernelFile } from "../kernel-file.js";
import { FREEBSD_UFS } from "../../disk/gpt/partition-types.js";
import { openFileSystem } from "../../disk/ufs2/file-system.js";
import { withDiskErrors } from "../../host/disk-errors.js";
import type { DiskBoot } from "../../machine/machine.js";
import { AGENT_PATH, placedOf, PLAN_PATH } from "./changes.js";
import { directStartFile } from "./direct/direct-start.js";
import { makeDumpDisk, planDumpDisk } from "./dump/dump-disk.js";
import { keepDump } from "./dump/keep-dump.js";
import { openFreebsdImage, type FreebsdImage } from "./image.js";
import { kernelSymbols } from "./kernel-symbols.js";
import { findModules, moduleCaveats, type OwnModules } from "./modules.js";
import { planBoot } from "./plan-boot.js";
import { findSlot, STOCK_SLOT } from "./slots.js";
import type {
  BootWay,
  Guest,
  KernelFile,
  KernelIdentity,
  ProbeMoment,
  StagingInput,
  StagingPlan,
} from "../guest.js";
import { checkSlotName } from "./slot-name.js";
import { missingPrograms } from "../guest-programs.js";
import { requireInterpreters } from "../guest-interpreters.js";
import { ownPortModule, slotPortModule } from "./port-module.js";
import { PORT_NAME } from "../../base/port-name.js";
import { writeStagedDisk } from "../write-disk.js";

export interface FreebsdOptions {
  /** The base image. */
  readonly image: string;
  readonly probeAt: ProbeMoment;
  /** Whether the agent as first process finds a root that can be written to; init(8) and rc(8) mount it so in any case. */
  readonly writableRoot: boolean;
  /** Default: BIOS where the image can be booted so, else UEFI. */
  readonly firmware?: DiskBoot["firmware"];
  /** Default: `direct` where the hypervisor and the guest are fit for it, and no firmware is asked for. */
  readonly boot?: BootWay;
  /** The number or label of the partition with the root. Default: the one that the image's boot code takes. */
  readonly root?: string;
}

export function openFreebsd(options: FreebsdOptions): Guest {
  return {
    family: "freebsd",
    bootsFrom: "disk",
    agentPath: AGENT_PATH,
    planPath: PLAN_PATH,
    channelDevices: ["/dev/cuau1"],
    // An idle laptop's firmware and loader read a kernel of 30 MB in a few seconds, rc takes some more.
    bootBudgetsMs: { load: 40_000, kernel: 40_000, rc: 60_000 },
    findKernel: ({ column, file, modules }) =>
      Promise.resolve(
        file === "auto" ? ownKernel(options) : givenKernel(options, file, column, modules),
      ),
    portFor: ({ portModule }) =>
      portModule === undefined
        ? undefined
        : // vtcon(4) polls until the host has taken what was written.
          { device: `/dev/vtcon/${PORT_NAME}`, isSynchronous: true },
    planStaging: (input) => planStaging(options, input),
    symbolsOf: (kernel) => kernelSymbols(options, kernel),
    stage: (plan, signal) => stage(options, plan, signal),
    keepDump,
  };
}

function ownKernel({ image: path, root }: FreebsdOptions): KernelFile {
  using image = openFreebsdImage(path, root);
  const slot = findSlot(image, STOCK_SLOT);
  if (slot === undefined) {
    throw new LaneError(
      "stock-kernel-missing",
      `${path}: found no /boot/${STOCK_SLOT}/kernel in the guest`,
      { facts: { path } },
    );
  }
  const origin = `the own kernel of ${path}`;
  const { kernel } = slot;
  const identity = kernel
    ? identityOf(kernel, slot.path)
    : { label: STOCK_SLOT, bootfile: slot.path };
  const portModule = ownPortModule(image);
  return { path: slot.path, identity, origin, ...(portModule ? { portModule } : {}) };
}

function givenKernel(
  options: FreebsdOptions,
  path: string,
  column: string,
  withModules: boolean,
): KernelFile {
  const slot = checkSlotName(column);
  using file = openKernelFile(path);
  const kernel = identifyFreebsdKernel(file);
  const modules = withModules ? findModules(path) : undefined;
  using image = openFreebsdImage(options.image, options.root);
  const own = findSlot(image, STOCK_SLOT)?.kernel;
  const portModule = slotPortModule(image, own, kernel, { slot, staged: modules ?? [] });
  return {
    path,
    identity: identityOf(kernel, `/boot/${slot}/kernel`),
    origin: "given",
    slot,
    ...(modules ? { modules } : {}),
    ...(kernel.options ? { options: kernel.options } : {}),
    ...(portModule ? { portModule } : {}),
  };
}

function identityOf(kernel: FreebsdKernel, bootfile: string): KernelIdentity {
  const { ident, version, release, buildId } = kernel;
  return { label: ident, ident, version, release, bootfile, ...(buildId ? { buildId } : {}) };
}

function planStaging(options: FreebsdOptions, input: StagingInput): StagingPlan {
  using image = openFreebsdImage(options.image, options.root);
  const isFile = (path: string): boolean => image.typeAt(path) === "file";
  requireInterpreters(input.files, isFile);
  const isThere = (path: string): boolean =>
    input.files.some((file) => file.path === path) || isFile(path);
  const way = planBoot(image, options, input);
  const { changes, edits } = way.planned;
  const path = join(input.folder, `disk.${input.diskFormat}`);
  const dump = input.dumps ? planDumpDisk(input.folder, input.memoryMiB) : undefined;
  const caveats = moduleCaveats(input.kernel, ownModules(image));
  const base = { path: realpathSync(options.image), format: image.format };
  return {
    boot: way.boot,
    disks: [
      { path, format: input.diskFormat, sectorBytes: image.disk.sectorBytes },
      ...(dump ? [{ path: dump.path, format: "raw", mayFail: true } as const] : []),
    ],
    input,
    placed: changes.flatMap(placedOf),
    disk: { path, format: input.diskFormat, base, edits },
    ...(way.start ? { start: way.start } : {}),
    ...(dump ? { dump } : {}),
    staged: [path, ...(way.start ? [way.start.path] : []), ...(dump ? [dump.path] : [])],
    notices: [
      ...image.warnings,
      ...rootNotices(image),
      ...way.notices,
      ...missingPrograms(input.programs ?? [], isThere),
      ...caveats,
    ],
    caveats,
  };
}

async function stage(
  { root }: FreebsdOptions,
  { disk, start, dump, input }: StagingPlan,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (disk === undefined) return;
  if (dump) makeDumpDisk(dump);
  await writeStagedDisk(disk, signal);
  if (start === undefined) return;
  using image = openFreebsdImage(disk.base.path, root);
  const fs = openFileSystem(editDisk(image.disk, disk.edits), image.root);
  const bytes = directStartFile(fs, start, input.memoryMiB);
  withDiskErrors(start.path, () => writeFileSync(start.path, bytes));
}

/** Said where there was a choice. */
function rootNotices({ root, rootWhy }: FreebsdImage): readonly string[] {
  const others = root.table.partitions.filter(
    ({ type, number }) => type === FREEBSD_UFS && number !== root.number,
  );
  if (others.length === 0) return [];
  const numbers = others.map(({ number }) => number).join(", ");
  return [
    `the root is partition ${root.number} (${rootWhy}); other UFS partitions: ${numbers}. \`root\` in the lane names another`,
  ];
}

/** The image's modules were built with its own kernel. */
function ownModules(image: FreebsdImage): OwnModules {
  const folders = [`/boot/${STOCK_SLOT}`, "/boot/modules"];
  return {
    options: findSlot(image, STOCK_SLOT)?.kernel?.options ?? [],
    modules: folders
      .flatMap((folder) => image.namesIn(folder))
      .filter((name) => name.endsWith(".ko")),
  };
}
