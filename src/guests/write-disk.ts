/**
 * A staged disk as a file: a qcow2 overlay, which costs what was edited, or a raw copy of the whole base.
 *
 * It gets its name when it is whole. Until then it has another one, which the ledger knows: what a killed process leaves of it is
 * swept, and is in nobody's way.
 */
import { chmodSync, lstatSync, statSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { LaneError } from "../base/errors.js";
import { openImage } from "../disk/open-image.js";
import { encodeOverlay, writeOverlay } from "../disk/qcow2/overlay.js";
import { applyEdits, writeRawImage } from "../disk/write-raw.js";
import { runCommand } from "../host/command.js";
import { withDiskErrors } from "../host/disk-errors.js";
import { openHold } from "../host/ledger.js";
import { placeFile } from "../host/place-file.js";
import type { StagedDisk } from "./guest.js";

/** A disk of 100 GiB on a slow laptop. */
const COPY_DEADLINE_MS = 30 * 60_000;

/**
 * @throws LaneError `staged-exists` (usage), `disk-full`, `write-failed`, `copy-failed` (host); the signal's reason. Nothing is
 *   left of the file then
 */
export async function writeStagedDisk(staged: StagedDisk, signal?: AbortSignal): Promise<void> {
  const { path } = staged;
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw alreadyThere(path);
  const draft = `${path}.${randomUUID()}`;
  const hold = await openHold(`the staged disk ${path}`, [draft]);
  try {
    await writeDraft(draft, staged, signal);
    if (!withDiskErrors(path, () => placeFile(draft, path))) throw alreadyThere(path);
  } finally {
    await hold[Symbol.asyncDispose]();
  }
}

async function writeDraft(
  draft: string,
  { format, base, edits }: StagedDisk,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (format === "qcow2") {
    using disk = openImage(base.path);
    writeOverlay(draft, encodeOverlay(disk, base, edits));
    return;
  }
  if (base.format === "qcow2") {
    using disk = openImage(base.path);
    await writeRawImage(draft, disk, signal);
  } else await copyFile(base.path, draft, signal);
  applyEdits(draft, edits);
}

/** The system's own cp clones blocks and keeps holes where the file system can; nothing in Node does. */
async function copyFile(from: string, to: string, signal: AbortSignal | undefined): Promise<void> {
  const argv = ["cp", from, to];
  const { code, stderr } = await runCommand({ argv }, COPY_DEADLINE_MS, signal);
  if (code !== 0) {
    throw new LaneError(
      "copy-failed",
      `${from} could not be copied to ${to}: ${stderr.trim() || "cp said nothing"}`,
      { facts: { path: to } },
    );
  }
  // A base that is not to be written, as those of the cache, has a copy that is.
  withDiskErrors(to, () => chmodSync(to, statSync(to).mode | 0o600));
}

function alreadyThere(path: string): LaneError {
  return new LaneError("staged-exists", `${path} exists already, and a staged disk is a new file`, {
    facts: { path },
  });
}
