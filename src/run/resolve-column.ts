/** The source lines of a column that this process ran: its kernel's symbols are looked for where its kernel came from. */
import { mkdtempSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { copyOwnSymbols } from "../guests/freebsd/own-symbols.js";
import type { SymbolQuery, Symbols } from "../symbols/symbols.js";
import { isInImage, kernelQuery, proofOfHistory } from "./column-symbols.js";
import type { History } from "./history.js";
import type { ColumnPlan, RunPlan } from "./plan.js";
import type { ColumnRecord } from "./record.js";
import { addSourceLines } from "./source-lines.js";
import { symbolTools } from "./symbol-tools.js";

/**
 * Never rejects for symbols: what is wrong with them is in the record's `notices`.
 *
 * @param seen what the record was made of
 */
export async function resolveColumn(
  run: RunPlan,
  plan: ColumnPlan,
  record: ColumnRecord,
  seen: History,
): Promise<ColumnRecord> {
  const { given, sources } = plan.symbols;
  const query = { ...kernelQuery(plan), proof: proofOfHistory(seen), given, sources };
  const copies: string[] = [];
  const find = async (asked: SymbolQuery): Promise<Symbols> => {
    const found = await symbolTools.find(asked);
    if (found.kernel !== undefined || !isInImage(plan)) return found;
    const copy = copyFromImage(run, plan, copies);
    return copy === undefined ? found : symbolTools.find({ ...asked, given: [...given, copy] });
  };
  try {
    const resolved = await addSourceLines(record, seen, query, { ...symbolTools, find });
    return withPathInImage(run, plan, resolved, copies);
  } finally {
    for (const folder of copies) rmSync(folder, { recursive: true, force: true });
  }
}

/** The copy is gone when the record is read. */
function withPathInImage(
  { request: { image = "" } }: RunPlan,
  { file: kernel }: ColumnPlan,
  record: ColumnRecord,
  copies: readonly string[],
): ColumnRecord {
  const { symbols } = record;
  if (!symbols?.file || !copies.includes(dirname(symbols.file.path))) return record;
  const name = basename(symbols.file.path);
  const inside = name.endsWith(".debug") ? `/usr/lib/debug${kernel.path}.debug` : kernel.path;
  const file = { ...symbols.file, path: `${image}:${inside}` };
  return { ...record, symbols: { ...symbols, file } };
}

/** The symbols of an image's own kernel are in the image; the copy goes when it was read. */
function copyFromImage(
  { request: { image, root } }: RunPlan,
  { file, folder }: ColumnPlan,
  copies: string[],
): string | undefined {
  if (image === undefined) return undefined;
  const place = mkdtempSync(join(folder, "symbols-"));
  copies.push(place);
  const { path, hasLines } = copyOwnSymbols({ image, root, kernel: file.path, folder: place });
  return hasLines ? path : undefined;
}
