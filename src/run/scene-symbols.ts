import type { RunRequest } from "../lane/request.js";
import { debuggerSymbols } from "./debugger-symbols.js";
import type { ColumnPlan } from "./plan.js";

/**
 * The file with a kernel's symbols that goes with its dump.
 *
 * @returns `undefined` where none were found: a dump is of use without them, too
 */
export async function sceneSymbols(
  { image, root }: RunRequest,
  { guest, file, folder, symbols: { given } }: ColumnPlan,
): Promise<string | undefined> {
  return (await debuggerSymbols({ guest, file, folder, given, image, root })).path;
}
