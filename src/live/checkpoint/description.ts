/**
 * A checkpoint as a folder:
 *
 *     description.json   what it depends on, and the size and time of each file; written last
 *     memory, state      the saved machine (machine/machine.ts, `SavedMachine`)
 *     disk-0 …           its disks, where it has any
 *     console.log        what the guest had said until then
 *
 * Its files are never written again. One that is not as it was described is no checkpoint.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { readJsonFile, writeJsonFile } from "../../host/json-file.js";
import type { SavedMachine } from "../../machine/machine.js";
import { placesIn } from "../../machine/saved-places.js";
import { FORMAT, type Ingredients } from "./ingredients.js";

const DESCRIPTION = "description.json";

const descriptionSchema = z.object({
  format: z.literal(FORMAT),
  ingredients: z.record(z.string(), z.string()),
  channel: z.string(),
  files: z.array(z.object({ name: z.string(), sizeBytes: z.number(), mtimeMs: z.number() })),
  diskCount: z.number().int().nonnegative(),
});

export interface KeptCheckpoint {
  readonly folder: string;
  readonly ingredients: Ingredients;
  /** The guest's device by which its agent is asked. */
  readonly channel: string;
  readonly machine: SavedMachine;
}

export const CONSOLE_LOG = "console.log";

/** Describes what lies in the folder, which makes it a checkpoint. */
export function describeCheckpoint(
  folder: string,
  diskCount: number,
  { ingredients, channel }: Pick<KeptCheckpoint, "ingredients" | "channel">,
): KeptCheckpoint {
  const machine = placesIn(folder, diskCount);
  const files = namesOf(diskCount).map((name) => {
    const { size, mtimeMs } = statSync(join(folder, name));
    return { name, sizeBytes: size, mtimeMs };
  });
  writeJsonFile(join(folder, DESCRIPTION), {
    format: FORMAT,
    ingredients,
    channel,
    files,
    diskCount,
  });
  return { folder, ingredients, channel, machine };
}

/** The checkpoint in a folder, or `undefined` where there is none, or a damaged one. */
export function readCheckpoint(folder: string): KeptCheckpoint | undefined {
  const described = descriptionSchema.safeParse(readJsonFile(join(folder, DESCRIPTION))).data;
  if (!described) return undefined;
  const { ingredients, channel, files, diskCount } = described;
  const isWhole = namesOf(diskCount).every((name) => {
    const was = files.find((file) => file.name === name);
    const is = statSync(join(folder, name), { throwIfNoEntry: false });
    return was && is?.size === was.sizeBytes && is.mtimeMs === was.mtimeMs;
  });
  return isWhole
    ? { folder, ingredients, channel, machine: placesIn(folder, diskCount) }
    : undefined;
}

function namesOf(diskCount: number): readonly string[] {
  const disks = Array.from({ length: diskCount }, (_, index) => `disk-${index}`);
  return ["memory", "state", ...disks];
}
