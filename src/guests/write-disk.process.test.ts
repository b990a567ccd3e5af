import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { StagedDisk } from "./guest.js";
import { writeStagedDisk } from "./write-disk.js";
import { sweepLedger } from "../host/ledger.js";
import { packageRoot } from "../host/paths.js";
import { startProcess } from "../host/process.js";
import { tempFolder } from "../../test/temp-folder.js";

let folder = "";
let staged: StagedDisk;

beforeEach(() => {
  folder = tempFolder("write-disk");
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
  mkdirSync(join(folder, "out"));
  const base = join(folder, "base.raw");
  writeFileSync(base, Buffer.alloc(300_000, 1));
  staged = {
    path: join(folder, "out", "disk.raw"),
    format: "raw",
    base: { path: base, format: "raw" },
    edits: [{ offsetBytes: 512, bytes: Buffer.from("edited") }],
  };
});
afterEach(() => vi.unstubAllEnvs());

const files = (): readonly string[] => readdirSync(join(folder, "out"));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** A cp that has copied half and goes on for ever. */
function slowCp(): void {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "cp"), '#!/bin/sh\nhead -c 1000 "$1" > "$2"\nexec sleep 1000\n');
  chmodSync(join(bin, "cp"), 0o755);
  vi.stubEnv("PATH", `${bin}${delimiter}${process.env["PATH"]}`);
}

/** The same work in a process of its own, under a shell's limits. */
function stageElsewhere(limits: string) {
  const script = `
    const jiti = require("jiti").createJiti(process.cwd() + "/x.js");
    jiti.import("./src/guests/write-disk.ts").then(({ writeStagedDisk }) =>
      writeStagedDisk({ ...JSON.parse(process.argv[1]), edits: [] })
    ).catch((error) => { console.log(error.code); process.exit(3); });`;
  const argv = ["sh", "-c", `${limits}; exec "$@"`, "sh", process.execPath, "-e", script];
  return startProcess({ argv: [...argv, JSON.stringify(staged)], cwd: packageRoot() });
}

test("a copy of a base that is not to be written can be written by its owner", async () => {
  chmodSync(staged.base.path, 0o444);
  await writeStagedDisk(staged);
  expect(statSync(staged.path).mode & 0o777).toBe(0o644);
  expect(readFileSync(staged.path).toString("latin1", 512, 518)).toBe("edited");
  expect(files()).toEqual(["disk.raw"]);
});

test.each(["raw", "qcow2"] as const)(
  "a %s image never takes a name that is taken",
  async (format) => {
    const nowhere = join(folder, "nowhere");
    symlinkSync(nowhere, staged.path);
    const refused = expect.objectContaining({ code: "staged-exists", who: "usage" }) as Error;
    await expect(writeStagedDisk({ ...staged, format })).rejects.toThrow(refused);
    expect(existsSync(nowhere)).toBe(false);
  },
);

test.each(["raw", "qcow2"] as const)(
  "leaves nothing of a %s image on a disk that is full",
  async (format) => {
    staged = { ...staged, format };
    await using child = await stageElsewhere("ulimit -f 100");
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.resume();
    expect((await child.exited).code).toBe(3);
    expect(said).toMatch(/^(disk-full|copy-failed)\n$/);
    expect(files()).toEqual([]);
  },
);

test("what a killed copy leaves is in nobody's way, and is swept", async () => {
  slowCp();
  await using child = await stageElsewhere("true");
  await until(() => files().length > 0);
  process.kill(child.pid, "SIGKILL");
  await child.exited;
  expect(files()).not.toContain("disk.raw");
  await sweepLedger();
  expect(files()).toEqual([]);
});

test("an abort ends a copy and leaves nothing of it", async () => {
  slowCp();
  const stop = new AbortController();
  const copying = writeStagedDisk(staged, stop.signal);
  await until(() => files().length > 0);
  stop.abort(new Error("enough"));
  await expect(copying).rejects.toThrow("enough");
  expect(files()).toEqual([]);
});
