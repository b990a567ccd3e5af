/**
 * FreeBSD guests: a base image that is never written, and edits over it that put the kernel into a slot of its own, the agent
 * beside it and an rc.d script that runs it. Nothing is mounted: the edits are planned in the image's own file system.
 */
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { LaneError } from "../../base/errors.js";
import { editDisk, type Edit } from "../../disk/edits.js";
import { identifyFreebsdKernel, type FreebsdKernel } from "../../binary/freebsd-kernel.js";
import { openKernelFile } from "../kernel-file.js";
import { FREEBSD_UFS } from "../../disk/gpt/partition-types.js";
import { openFileSystem } from "../../disk/ufs2/file-system.js";
import { planFiles } from "../../disk/ufs2/plan.js";
import type { DiskBoot, SmbiosVariables } from "../../machine/machine.js";
import {
  AGENT_PATH,
  freebsdChanges,
  isStartedByRc,
  loaderChange,
  LOADER_FILE,
  LOADER_LOCAL_FILE,
  placedOf,
  PLAN_PATH,
  type LoaderPlace,
  withFolders,
  type PlannedChange,
} from "./changes.js";
import { guestFiles } from "./guest-files.js";
import { openFreebsdImage, type FreebsdImage } from "./image.js";
import { firstProcessVariables, loaderVariables } from "./loader-text.js";
import { kernelSymbols } from "./kernel-symbols.js";
import { findModules, moduleCaveats, type OwnModules } from "./modules.js";
import { findSlot } from "./slots.js";
import type {
  Guest,
  KernelFile,
  KernelIdentity,
  ProbeMoment,
  StagingInput,
  StagingPlan,
} from "../guest.js";
import { codeBehind, firstOverridden } from "./loader-override.js";
import { readLoaderSettings } from "./loader-settings.js";
import { checkSlotName } from "./slot-name.js";
import { requireInterpreters } from "../guest-interpreters.js";
import { ownPortModule, PORT_VARIABLES, slotPortModule } from "./port-module.js";
import { PORT_NAME } from "../../base/port-name.js";
import { bootOfDisk } from "../disk-boot.js";
import { writeStagedDisk } from "../write-disk.js";

export interface FreebsdOptions {
  /** The base image. */
  readonly image: string;
  readonly probeAt: ProbeMoment;
  /** Whether the agent as first process finds a root that can be written to; init(8) and rc(8) mount it so in any case. */
  readonly writableRoot: boolean;
  /** Default: BIOS where the image can be booted so, else UEFI. */
  readonly firmware?: DiskBoot["firmware"];
  /** The number or label of the partition with the root. Default: the one that the image's boot code takes. */
  readonly root?: string;
}

/** The slot of the image's own kernel. */
const STOCK_SLOT = "kernel";

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
    async stage({ disk }, signal) {
      if (disk !== undefined) await writeStagedDisk(disk, signal);
    },
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
  const { ident, version, release } = kernel;
  return { label: ident, ident, version, release, bootfile };
}

function planStaging(options: FreebsdOptions, input: StagingInput): StagingPlan {
  using image = openFreebsdImage(options.image, options.root);
  const { firmware } = options;
  const boot = bootOfDisk(image.disk, { firmware, needsBootCode: input.needsBootCode ?? true });
  requireInterpreters(input.files, (path) => image.typeAt(path) === "file");
  const smbios = input.smbios?.[boot.firmware];
  const { changes, edits, notices } = planEdits(image, options, input, smbios);
  const path = join(input.folder, `disk.${input.diskFormat}`);
  const caveats = moduleCaveats(input.kernel, ownModules(image));
  const base = { path: realpathSync(options.image), format: image.format };
  return {
    boot,
    disks: [{ path, format: input.diskFormat, sectorBytes: image.disk.sectorBytes }],
    input,
    placed: changes.flatMap(placedOf),
    disk: { path, format: input.diskFormat, base, edits },
    staged: [path],
    notices: [...image.warnings, ...rootNotices(image), ...notices, ...caveats],
    caveats,
  };
}

interface PlannedEdits {
  readonly changes: readonly PlannedChange[];
  readonly edits: readonly Edit[];
  readonly notices: readonly string[];
}

/**
 * A file of our own is tried first, then a block in the user's: which files the loader reads, and in which order, is
 * found out by reading back what it will have been told.
 *
 * @throws LaneError `loader-overridden` (image) when neither is heard
 */
function planEdits(
  image: FreebsdImage,
  { probeAt, writableRoot }: FreebsdOptions,
  input: StagingInput,
  smbios: SmbiosVariables | undefined,
): PlannedEdits {
  const { slot = STOCK_SLOT, modules = [] } = input.kernel;
  const variables = {
    ...loaderVariables(slot, modules.length > 0),
    ...(isStartedByRc(input, probeAt) ? {} : firstProcessVariables(AGENT_PATH, writableRoot)),
  };
  // Where a file of the user's says otherwise, the agent takes com2.
  const wished = input.hasPort ? PORT_VARIABLES : {};
  const places: readonly LoaderPlace[] = readLoaderSettings(image).readsConfDir
    ? ["directory", "local-file"]
    : ["local-file"];
  // Read once: a kernel is tens of megabytes, and only the place of the variables is tried twice.
  const content = freebsdChanges(image, input, probeAt);
  let overridden = "";
  for (const place of places) {
    const changes = withFolders(image, [
      ...content,
      loaderChange(image, place, { ...variables, ...wished }),
    ]);
    const edits = planFiles(
      image.fs,
      changes.map(({ change }) => change),
      { timeSeconds: input.timeSeconds },
    );
    const edited = guestFiles(openFileSystem(editDisk(image.disk, edits), image.root));
    const settings = readLoaderSettings(edited, smbios);
    const found = firstOverridden(settings, variables, place);
    if (found === undefined) return { changes, edits, notices: codeBehind(settings, variables) };
    overridden = found;
  }
  throw new LaneError(
    "loader-overridden",
    `${image.path}: the loader would ignore what is put into ${places.length === 2 ? `${LOADER_FILE} or ` : ""}${LOADER_LOCAL_FILE}: ${overridden}`,
    { facts: { path: image.path } },
  );
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
