/**
 * A frozen guest as a folder beside its column's record:
 *
 *     description.json   what it needs to be brought back, and the size of each file; written last
 *     memory, state      the saved machine (machine/machine.ts, `SavedMachine`)
 *     disk-0 …           its disks, where it has any
 *
 * It has this name only once it is whole. Its files are never written again.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { readJsonFile, writeJsonFile } from "../../host/json-file.js";
import type { SavedMachine } from "../../machine/machine.js";
import { placesIn } from "../../machine/saved-places.js";

export const FROZEN_FOLDER = "frozen";
const DESCRIPTION = "description.json";

const identitySchema = z.object({
  label: z.string(),
  release: z.string().optional(),
  version: z.string().optional(),
  ident: z.string().optional(),
  bootfile: z.string().optional(),
  buildId: z.string().optional(),
});

/** A file that has to be as it was. */
const fileSchema = z.object({ path: z.string(), sizeBytes: z.number(), mtimeMs: z.number() });

const descriptionSchema = z.object({
  schema: z.literal("kernlane-frozen/1"),
  /** ISO 8601. */
  frozenAt: z.string(),
  guest: z.enum(["linux", "freebsd"]),
  /** Such as `QEMU 7.2.22`. */
  hypervisor: z.string(),
  /** The host's, or `emulated`. */
  processor: z.string(),
  machine: z.object({
    name: z.string(),
    arch: z.literal("amd64"),
    cpus: z.number().int().positive(),
    memoryMiB: z.number().int().positive(),
    accel: z.enum(["kvm", "hvf", "tcg"]),
    /** How it was booted; absent where its kernel was started without firmware of the disk's kind. */
    firmware: z.enum(["bios", "uefi"]).optional(),
    hasPort: z.boolean(),
    disks: z.array(
      z.object({
        format: z.enum(["raw", "qcow2"]),
        sectorBytes: z.union([z.literal(512), z.literal(4096)]).optional(),
      }),
    ),
  }),
  /** What its disks are written over, which is not kept again. */
  bases: z.array(fileSchema),
  /** For the search of its symbols. */
  kernel: z.object({
    path: z.string(),
    identity: identitySchema,
    origin: z.string(),
    slot: z.string().optional(),
  }),
  /** Absolute: the files and folders with symbols that were named. */
  symbols: z.array(z.string()),
  image: z.string().optional(),
  root: z.string().optional(),
  files: z.array(z.object({ name: z.string(), sizeBytes: z.number() })),
});

export type FrozenDescription = Readonly<z.infer<typeof descriptionSchema>>;

export interface FrozenGuest {
  readonly folder: string;
  readonly description: FrozenDescription;
  readonly saved: SavedMachine;
}

/** Describes what lies in the folder, which makes it a frozen guest. */
export function describeFrozen(
  folder: string,
  description: Omit<FrozenDescription, "schema" | "files">,
): void {
  const files = namesOf(description.machine.disks.length).map((name) => ({
    name,
    sizeBytes: statSync(join(folder, name)).size,
  }));
  writeJsonFile(join(folder, DESCRIPTION), {
    schema: "kernlane-frozen/1",
    ...description,
    files,
  } satisfies FrozenDescription);
}

/** @returns `damaged` where something of it is missing, or has another size than it was written with */
export function readFrozen(folder: string): FrozenGuest | "none" | "damaged" {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return "none";
  const description = descriptionSchema.safeParse(readJsonFile(join(folder, DESCRIPTION))).data;
  if (!description) return "damaged";
  const diskCount = description.machine.disks.length;
  const isWhole = namesOf(diskCount).every((name) => {
    const was = description.files.find((file) => file.name === name);
    return was?.sizeBytes === statSync(join(folder, name), { throwIfNoEntry: false })?.size;
  });
  return isWhole ? { folder, description, saved: placesIn(folder, diskCount) } : "damaged";
}

function namesOf(diskCount: number): readonly string[] {
  return ["memory", "state", ...Array.from({ length: diskCount }, (_, index) => `disk-${index}`)];
}
