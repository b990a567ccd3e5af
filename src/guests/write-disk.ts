/**
 * A staged disk as a file: a qcow2 overlay, which costs what was edited, or a raw copy of the whole base.
 */
import { existsSync, rmSync } from "node:fs";
import { LaneError } from "../base/errors.js";
import { openImage } from "../disk/open-image.js";
import { planOverlay } from "../disk/qcow2/plan-overlay.js";
import { writeOverlay } from "../disk/qcow2/write-overlay.js";
import { applyEdits, writeRawImage } from "../disk/write-raw.js";
import { runCommand } from "../host/command.js";
import type { StagedDisk } from "./guest.js";

/** A disk of 100 GiB on a slow laptop. */
const COPY_DEADLINE_MS = 30 * 60_000;

/**
 * @throws LaneError `staged-exists` (usage), `disk-full`, `write-failed`, `copy-failed` (host); nothing is left of the file then
 */
export async function writeStagedDisk({ path, format, base, edits }: StagedDisk): Promise<void> {
  if (existsSync(path)) throw alreadyThere(path);
  if (format === "qcow2") {
    using disk = openImage(base.path);
    writeOverlay(path, planOverlay(disk, base, edits));
    return;
  }
  await copyBase(base, path);
  applyEdits(path, edits);
}

async function copyBase(base: StagedDisk["base"], path: string): Promise<void> {
  if (base.format === "qcow2") {
    using disk = openImage(base.path);
    writeRawImage(path, disk);
    return;
  }
  // The system's own cp clones blocks and keeps holes where the file system can; nothing in Node does.
  const { code, stderr } = await runCommand({ argv: ["cp", base.path, path] }, COPY_DEADLINE_MS);
  if (code === 0) return;
  rmSync(path, { force: true });
  throw new LaneError(
    "copy-failed",
    `${base.path} could not be copied to ${path}: ${stderr.trim() || "cp said nothing"}`,
    { facts: { path } },
  );
}

function alreadyThere(path: string): LaneError {
  return new LaneError(
    "staged-exists",
    `${path} is there already, and a staged disk is a new file`,
    { facts: { path } },
  );
}
