/**
 * The edits of a guest's disk: what is put in, and the loader's variables where its loader hears them.
 */
import { LaneError } from "../../base/errors.js";
import { editDisk, type Edit } from "../../disk/edits.js";
import { openFileSystem } from "../../disk/ufs2/file-system.js";
import { planFiles } from "../../disk/ufs2/plan.js";
import type { SmbiosVariables } from "../../machine/machine.js";
import type { StagingInput } from "../guest.js";
import {
  AGENT_PATH,
  freebsdChanges,
  isStartedByRc,
  loaderChange,
  LOADER_FILE,
  LOADER_LOCAL_FILE,
  withFolders,
  type LoaderPlace,
  type PlannedChange,
} from "./changes.js";
import type { FreebsdOptions } from "./freebsd.js";
import { guestFiles } from "./guest-files.js";
import type { FreebsdImage } from "./image.js";
import { codeBehind, firstOverridden } from "./loader-override.js";
import { readLoaderSettings, type LoaderSettings } from "./loader-settings.js";
import {
  DUMP_VARIABLES,
  firstProcessVariables,
  loaderVariables,
  UNATTENDED_VARIABLES,
} from "./loader-text.js";
import { PORT_VARIABLES } from "./port-module.js";
import { STOCK_SLOT } from "./slots.js";

export interface PlannedEdits {
  readonly changes: readonly PlannedChange[];
  readonly edits: readonly Edit[];
  /** What its loader will have been told. */
  readonly settings: LoaderSettings;
  readonly notices: readonly string[];
}

/**
 * A file of our own is tried first, then a block in the user's: which files the loader reads, and in which order, is
 * found out by reading back what it will have been told.
 *
 * @throws LaneError `loader-overridden` (image) when neither is heard
 */
export function planEdits(
  image: FreebsdImage,
  { probeAt, writableRoot }: FreebsdOptions,
  input: StagingInput,
  smbios: SmbiosVariables | undefined,
): PlannedEdits {
  const { slot = STOCK_SLOT, modules = [] } = input.kernel;
  const variables = {
    ...loaderVariables(slot, modules.length > 0, input.asksDebugger),
    ...(input.leavesAgentIdle ? {} : UNATTENDED_VARIABLES),
    ...(input.dumps ? DUMP_VARIABLES : {}),
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
      loaderChange(image, input.files, place, { ...variables, ...wished }),
    ]);
    const edits = planFiles(
      image.fs,
      changes.map(({ change }) => change),
      { timeSeconds: input.timeSeconds },
    );
    const edited = guestFiles(openFileSystem(editDisk(image.disk, edits), image.root));
    const settings = readLoaderSettings(edited, smbios);
    const found = firstOverridden(settings, variables, place);
    if (found === undefined)
      return { changes, edits, settings, notices: codeBehind(settings, variables) };
    overridden = found;
  }
  throw new LaneError(
    "loader-overridden",
    `${image.path}: the loader would ignore what is put into ${places.length === 2 ? `${LOADER_FILE} or ` : ""}${LOADER_LOCAL_FILE}: ${overridden}`,
    { facts: { path: image.path } },
  );
}
