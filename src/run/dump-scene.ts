/**
 * What a guest's own kernel has left of its memory, for the record. Whatever goes wrong with it, the verdict stays what it is.
 */
import { messageOf } from "../base/errors.js";
import type { Guest, KeptDump } from "../guests/guest.js";
import type { RunRequest } from "../lane/request.js";
import { withSystemErrors } from "../host/disk-errors.js";
import type { ColumnPlan } from "./plan.js";
import { pathFrom } from "./record.js";
import { sceneSymbols } from "./scene-symbols.js";
import type { DumpScene } from "./scene.js";

export interface DumpSearchFor {
  readonly request: RunRequest;
  readonly plan: ColumnPlan;
  readonly guest: Guest;
  /** Whether the kernel died, so that there should be a dump. */
  readonly hasDied: boolean;
  readonly signal: AbortSignal;
}

/** @returns `undefined` where none was to be written, or a person has ended the run */
export async function findDumpScene(search: DumpSearchFor): Promise<DumpScene | undefined> {
  const { plan, guest, hasDied, signal } = search;
  const { dump: disk } = plan.staging;
  if (disk === undefined || guest.keepDump === undefined || signal.aborted) return undefined;
  try {
    const kept = await guest.keepDump(disk, plan.folder, signal);
    return kept.path === undefined && !hasDied ? undefined : await sceneOf(search, kept);
  } catch (error) {
    signal.throwIfAborted();
    const problem = `the kernel's dump could not be kept: ${messageOf(withSystemErrors(error))}`;
    return await sceneOf(search, {
      sizeBytes: 0,
      isComplete: false,
      how: "written by the kernel",
      problem,
    });
  }
}

async function sceneOf(search: DumpSearchFor, kept: KeptDump): Promise<DumpScene> {
  const { folder, guest } = search.plan;
  const { path, sizeBytes: bytes, isComplete: complete, how, problem } = kept;
  const symbols = path === undefined ? undefined : await sceneSymbols(search.request, search.plan);
  return {
    ...{ kind: "dump", guest, bytes, complete, how },
    ...(path === undefined ? {} : { file: pathFrom(folder, path) }),
    ...(symbols === undefined ? {} : { symbols }),
    ...(problem === undefined ? {} : { problem }),
  };
}
