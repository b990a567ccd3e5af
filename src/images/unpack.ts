/**
 * Unpacks a stream of .xz bytes into a sparse file while they arrive.
 *
 * xz(1) does the work: it is part of FreeBSD and of every Linux distribution that packs with it, and unpacks several times faster than
 * the decoders in WebAssembly that npm has (those without a native build), some of which also lack the CRC-64 check.
 */
import { LaneError } from "../base/errors.js";
import { findProgram } from "../host/paths.js";
import { startProcess, type RunningProcess } from "../host/process.js";
import { createSparseFile, type SparseFile } from "./sparse-file.js";

export interface Unpacking extends AsyncDisposable {
  /**
   * Takes the next bytes; returns when there is room for more.
   *
   * @throws LaneError `disk-full`, `write-failed` (host) about the unpacked file
   */
  write(chunk: Uint8Array): Promise<void>;
  /** @throws LaneError `image-unpack-failed` (host) with xz's own words */
  finish(): Promise<{ readonly sizeBytes: number; readonly sha256: string }>;
}

const MAX_ERROR_CHARACTERS = 1000;

/** @throws LaneError `program-missing`, `write-failed` (host) */
export async function startUnpacking(path: string): Promise<Unpacking> {
  if (findProgram("xz") === undefined) throw xzMissing();
  const file = createSparseFile(path);
  // xz reads its standard input; the shell puts the socket there, and is replaced by xz.
  const argv = ["sh", "-c", "exec xz -dc <&3 3<&-"];
  const child = await startProcess({ argv, sockets: 1 });
  const input = child.sockets[0]!;
  const output = followOutput(child, file);
  return {
    async write(chunk) {
      output.check();
      if (!input.writable || input.write(chunk)) return;
      await Promise.race([new Promise((resolve) => input.once("drain", resolve)), child.exited]);
      output.check();
    },
    async finish() {
      input.end();
      const [{ code, signal }] = await Promise.all([child.exited, output.ended]);
      output.check();
      if (code !== 0)
        throw unpackFailed(path, output.errorText() || `xz ended by ${signal ?? code}`);
      return file.finish();
    },
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      await output.ended;
      file[Symbol.dispose]();
    },
  };
}

interface Output {
  /** Settles when all output was taken; never rejects: `check` throws what went wrong. */
  readonly ended: Promise<void>;
  check(): void;
  errorText(): string;
}

function followOutput(child: RunningProcess, file: SparseFile): Output {
  let failure: { readonly error: unknown } | undefined;
  let errorText = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errorText = (errorText + chunk.toString("utf8")).slice(0, MAX_ERROR_CHARACTERS);
  });
  const take = async (): Promise<void> => {
    try {
      for await (const chunk of child.stdout) file.write(chunk as Buffer);
    } catch (error) {
      failure = { error };
      child.kill("SIGKILL");
    }
  };
  return {
    ended: take(),
    check() {
      if (failure) throw failure.error;
    },
    errorText: () => errorText.trim(),
  };
}

function xzMissing(): LaneError {
  return new LaneError("program-missing", "xz was not found in PATH; it unpacks the images", {
    hint: "install it: apt-get install xz-utils, dnf install xz, or brew install xz",
    facts: { program: "xz" },
  });
}

function unpackFailed(path: string, words: string): LaneError {
  return new LaneError(
    "image-unpack-failed",
    `the downloaded image could not be unpacked to ${path}: ${words}`,
    { facts: { path } },
  );
}
