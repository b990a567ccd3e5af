/** Source lines that the run itself has found: they are in its record, and what is judged again shows them. */
import { join } from "node:path";
import * as z from "zod";
import { readJsonFile } from "../host/json-file.js";
import type { History } from "./history.js";
import type { ColumnRecord } from "./record.js";
import { keyOf, withPlaces, type ResolvedPlaces } from "./source-lines.js";

const placeSchema = z.object({
  function: z.string(),
  file: z.string(),
  line: z.number(),
  column: z.number().exactOptional(),
});
const provenBy = z.enum(["build id", "version", "ident and version", "debug link"]);
const keptSchema = z.object({
  symbols: z
    .object({
      buildId: z.string().nullable(),
      file: z.object({ path: z.string(), provenBy }).nullable(),
    })
    .nullable(),
  findings: z.array(
    z.object({
      startOffsetBytes: z.number(),
      backtrace: z.array(
        z.object({
          frame: z.string(),
          places: z.array(placeSchema),
          problem: z.string().exactOptional(),
        }),
      ),
      source: z
        .object({
          path: z.string(),
          firstLine: z.number(),
          lines: z.array(z.string()),
          line: z.number(),
        })
        .optional(),
    }),
  ),
});

/**
 * A column's record with the places that are in the one that its run left. Those of earlier versions have none.
 *
 * @param seen what the record was made of
 */
export function withKeptPlaces(record: ColumnRecord, seen: History): ColumnRecord {
  const kept = readKept(record);
  if (kept === undefined) return record;
  const places = new Map<string, ResolvedPlaces>();
  for (const [index, { backtrace }] of record.findings.entries()) {
    const same = kept.findings[index];
    if (same?.startOffsetBytes !== record.findings[index]?.startOffsetBytes) continue;
    for (const [at, { frame }] of backtrace.entries()) {
      const known = same?.backtrace[at];
      const raw = seen.reports[index]?.frames[at];
      if (raw && known?.frame === frame) places.set(keyOf(raw), known);
    }
  }
  if (places.size === 0) return record;
  const sources = kept.findings.flatMap(({ source }) => (source ? [source] : []));
  const told = { ...record, symbols: kept.symbols };
  return withPlaces(told, seen, places, {
    excerptOf: ({ file, line }) =>
      sources.find((one) => one.line === line && sameName(one.path, file)),
  });
}

/** The build id of the kernel that ran, where the run found it out. */
export function keptBuildId(record: ColumnRecord): string | undefined {
  return readKept(record)?.symbols?.buildId ?? undefined;
}

function readKept({ folder, files }: ColumnRecord): z.infer<typeof keptSchema> | undefined {
  return keptSchema.safeParse(readJsonFile(join(folder, files.record))).data;
}

/** The tree may lie elsewhere than where it was compiled. */
function sameName(one: string, other: string): boolean {
  return one.slice(one.lastIndexOf("/")) === other.slice(other.lastIndexOf("/"));
}
