/**
 * The file with a kernel's symbols that goes with what was kept of it: the one that was named, else what its build, its package or its image
 * has. Those of an image are copied into the column's folder, and stay there.
 */
import { LaneError } from "../base/errors.js";
import { findDebugSymbols } from "../guests/debug-symbols.js";
import type { RunRequest } from "../lane/request.js";
import { plannedSymbols } from "./column-symbols.js";
import type { ColumnPlan } from "./plan.js";

/** @returns `undefined` where none were found: a dump is of use without them, too */
export async function sceneSymbols(
  { image, root }: RunRequest,
  plan: ColumnPlan,
): Promise<string | undefined> {
  const { guest: family, file: kernel, folder } = plan;
  try {
    const { kernel: found } = await plannedSymbols(plan);
    return found?.path ?? findDebugSymbols({ family, kernel, image, root, folder }).path;
  } catch (error) {
    if (error instanceof LaneError) return undefined;
    throw error;
  }
}
