/**
 * Which frozen guest an autopsy is of, and whether this host can bring it back.
 */
import { statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { LaneError } from "../../base/errors.js";
import type { ColumnRecord } from "../record.js";
import {
  FROZEN_FOLDER,
  readFrozen,
  type FrozenDescription,
  type FrozenGuest,
} from "./description.js";
import { identityOf, processorFor } from "./freeze.js";

/** A guest of a run that is over. */
export interface FrozenColumn {
  readonly column: ColumnRecord;
  readonly frozen: FrozenGuest;
}

/**
 * @param columns of a run, or the one whose folder was given
 * @param kernel the column that is meant, where it was named
 * @throws LaneError `unknown-column`, `scene-missing`, `scene-ambiguous` (usage), `scene-damaged` (host)
 */
export function findFrozen(columns: readonly ColumnRecord[], kernel?: string): FrozenColumn {
  const meant = columns.filter((column) => kernel === undefined || column.kernel === kernel);
  if (meant.length === 0) throw unknownColumn(kernel ?? "", columns);
  const found = meant.filter((column) => readFrozen(folderOf(column)) !== "none");
  const [column] = found;
  if (column === undefined) throw missing(meant);
  if (found.length > 1) throw ambiguous(found);
  const frozen = readFrozen(folderOf(column));
  if (typeof frozen === "string")
    throw damaged(
      folderOf(column),
      "files of it are missing, or have another size than they were written with",
    );
  for (const base of frozen.description.bases) requireUnchanged(folderOf(column), base);
  return { column, frozen };
}

function folderOf({ folder }: ColumnRecord): string {
  return join(resolve(folder), FROZEN_FOLDER);
}

function requireUnchanged(folder: string, was: FrozenDescription["bases"][number]): void {
  if (statSync(was.path, { throwIfNoEntry: false }) === undefined)
    throw damaged(folder, `its disk is written over ${was.path}, which is missing`);
  const is = identityOf(was.path);
  if (is.sizeBytes === was.sizeBytes && is.mtimeMs === was.mtimeMs) return;
  throw damaged(
    folder,
    `its disk is written over ${was.path}, which was changed at ${new Date(is.mtimeMs).toISOString()}`,
  );
}

/** What a frozen guest needs of the host that brings it back. */
export interface HostKind {
  /** Such as `QEMU 7.2.22`. */
  readonly hypervisor: string;
}

/**
 * A machine of QEMU's is the same in all releases of one series, and a processor that is not emulated is the host's.
 *
 * @throws LaneError `scene-of-another-host` (host)
 */
export function requireSameHost(
  { folder, description }: FrozenGuest,
  { hypervisor }: HostKind,
): void {
  const { hypervisor: was, processor, machine } = description;
  if (seriesOf(was) !== seriesOf(hypervisor))
    throw otherHost(
      folder,
      `it was frozen under ${was}, and this host has ${hypervisor}`,
      `use a host with ${seriesOf(was)}`,
    );
  const here = processorFor(machine.accel);
  if (here === processor) return;
  throw otherHost(
    folder,
    `under ${machine.accel} the guest has the host's processor: it was frozen on "${processor}", and this host has "${here}"`,
    "use a host with that processor; a guest that runs under --accel tcg depends on none",
  );
}

/** @example seriesOf("QEMU 7.2.22") // "QEMU 7.2" */
function seriesOf(version: string): string {
  return /^\S+ \d+\.\d+/.exec(version)?.[0] ?? version;
}

function otherHost(folder: string, reason: string, hint: string): LaneError {
  return new LaneError(
    "scene-of-another-host",
    `the frozen guest in ${folder} cannot be brought back here: ${reason}`,
    { hint, facts: { folder } },
  );
}

function unknownColumn(kernel: string, columns: readonly ColumnRecord[]): LaneError {
  const names = columns.map((column) => column.kernel).join(", ");
  return new LaneError("unknown-column", `the run has no kernel "${kernel}"; it has ${names}`);
}

function missing(columns: readonly ColumnRecord[]): LaneError {
  const said = columns.map(({ kernel, verdict, scenes }) => {
    const problem = scenes.find(({ kind }) => kind === "freeze")?.problem;
    return `${kernel} (${verdict ?? "error"})${problem === undefined ? "" : `: ${problem}`}`;
  });
  const folder = columns.length === 1 ? columns[0]!.folder : resolve(columns[0]!.folder, "..");
  return new LaneError("scene-missing", `${folder} has no frozen guest: ${said.join(", ")}`, {
    facts: { folder },
  });
}

function ambiguous(columns: readonly ColumnRecord[]): LaneError {
  const names = columns.map((column) => basename(column.folder));
  return new LaneError(
    "scene-ambiguous",
    `several kernels have kept a frozen guest: ${names.join(", ")}`,
    { hint: `name one: kernlane autopsy RUN ${names[0]!}` },
  );
}

function damaged(folder: string, reason: string): LaneError {
  return new LaneError("scene-damaged", `the frozen guest in ${folder} is damaged: ${reason}`, {
    facts: { folder },
  });
}
