/**
 * The build id of the kernel's own file, where that is known to be the one that ran: a bzImage has it in the kernel that it packs.
 */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { LaneError } from "../base/errors.js";
import { buildIdOf } from "../binary/build-id.js";
import type { ByteSource } from "../binary/byte-source.js";
import { debugLinkOf } from "../binary/debug-link.js";
import { readElf } from "../binary/elf.js";
import { identifyFreebsdKernel } from "../binary/freebsd-kernel.js";
import { identifyLinuxKernel } from "../binary/linux-kernel.js";
import { linuxPayload, type LinuxPayload } from "../binary/linux-payload.js";
import { openFileSource } from "../disk/file-source.js";
import { startFairTimer } from "../host/fair-timer.js";
import { readJsonFile, writeJsonFile } from "../host/json-file.js";
import { stateFolder } from "../host/paths.js";
import { startProcess } from "../host/process.js";
import type { FullProof } from "./prove.js";
import type { KernelProof } from "./symbols.js";

const UNPACK_MS = 20_000;
const MAX_UNPACKED_BYTES = 1024 ** 3;

/**
 * What the kernel said of itself, with what its file adds. A file that says another version than the kernel was built again since, and
 * adds nothing.
 */
export async function completeProof(proof: KernelProof, kernel?: string): Promise<FullProof> {
  if (kernel === undefined) return proof;
  try {
    using file = openFileSource(kernel);
    const identity =
      proof.family === "linux" ? identifyLinuxKernel(file) : identifyFreebsdKernel(file);
    if (proof.version !== undefined && identity.version.trim() !== proof.version.trim())
      return proof;
    const buildId = await buildIdIn(file, kernel);
    const isOther = proof.buildId !== undefined && buildId !== undefined;
    if (isOther && buildId !== proof.buildId) return proof;
    const elf = readElf(file);
    const known = { buildId: proof.buildId ?? buildId, release: proof.release ?? identity.release };
    const version = proof.version ?? identity.version;
    return { ...proof, ...known, version, link: elf && debugLinkOf(elf) };
  } catch (error) {
    // The kernel's file is one place of several to look at; without it the others are left.
    if (error instanceof LaneError) return proof;
    throw error;
  }
}

async function buildIdIn(file: ByteSource, path: string): Promise<string | undefined> {
  const elf = readElf(file);
  if (elf !== undefined) return buildIdOf(elf);
  const payload = linuxPayload(file);
  return payload && rememberedId(path, () => unpackedId(path, payload));
}

/** Unpacking takes up to a second, and a kernel is booted many times. */
async function rememberedId(
  path: string,
  find: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const { ino, size, mtimeMs } = statSync(path);
  const key = createHash("sha256").update(`${path}\0${ino} ${size} ${mtimeMs}`).digest("hex");
  const memo = join(stateFolder(), "symbols", `image-${key.slice(0, 32)}.json`);
  const known = readJsonFile(memo);
  if (typeof known === "object" && known !== null && "buildId" in known)
    return typeof known.buildId === "string" ? known.buildId : undefined;
  const buildId = await find();
  writeJsonFile(memo, { path, buildId: buildId ?? null });
  return buildId;
}

/** `undefined` also where the program is missing that unpacks it: the version is left to compare. */
async function unpackedId(path: string, payload: LinuxPayload): Promise<string | undefined> {
  const { offsetBytes, sizeBytes, unpackedBy } = payload;
  const folder = mkdtempSync(join(tmpdir(), "kernlane-kernel-"));
  try {
    const unpacked = join(folder, "vmlinux");
    await using child = await startProcess({ argv: unpackedBy, input: true });
    const timer = startFairTimer(UNPACK_MS, () => child.kill("SIGKILL"));
    const packed = createReadStream(path, { start: offsetBytes, end: offsetBytes + sizeBytes - 1 });
    child.stderr.resume();
    await Promise.allSettled([
      pipeline(packed, child.stdin!),
      pipeline(child.stdout, upTo(MAX_UNPACKED_BYTES), createWriteStream(unpacked)),
    ]);
    timer.stop();
    using file = openFileSource(unpacked);
    const elf = readElf(file);
    return elf && buildIdOf(elf);
  } catch (error) {
    if (error instanceof LaneError) return undefined;
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Packed bytes can stand for any number of others. */
function upTo(maxBytes: number): Transform {
  let left = maxBytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      left -= chunk.length;
      if (left < 0) done(new Error(`more than ${maxBytes} bytes`));
      else done(undefined, chunk);
    },
  });
}
