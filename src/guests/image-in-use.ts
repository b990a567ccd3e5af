/**
 * Whether somebody else has a base image open for writing: what is read of it then may be half of a change.
 *
 * QEMU's programs lock parts of an image while it is open, and know how to ask for these locks on every system; where they are not
 * installed nothing else sets such locks either (bhyve sets none). They ask only where a change by others would matter to them: not
 * for raw images, but for whatever is opened as qcow2, before they see whether it is one.
 */
import { LaneError } from "../base/errors.js";
import { openFileSource } from "../disk/file-source.js";
import { runCommand } from "../host/command.js";
import { findProgram } from "../host/paths.js";

const DEADLINE_MS = 30_000;

/** @throws LaneError `image-in-use` and those of `openFileSource` (image) */
export async function refuseImageInUse(path: string): Promise<void> {
  // qemu-img would wait for whoever writes into a pipe.
  openFileSource(path)[Symbol.dispose]();
  const qemuImg = findProgram("qemu-img");
  if (qemuImg === undefined) return;
  const argv = [qemuImg, "info", "-f", "qcow2", path];
  const { code, stderr } = await runCommand({ argv }, DEADLINE_MS);
  if (code === 0 || !/Failed to get .* lock/.test(stderr)) return;
  throw new LaneError("image-in-use", `${path} is open for writing in another program`, {
    facts: { path },
  });
}
