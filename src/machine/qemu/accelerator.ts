/**
 * Which accelerator a machine gets: `auto` is proven, not assumed.
 *
 * KVM or HVF is taken only after the guest of `proof-guest.ts` has run under it on this host. A success is remembered for this host and
 * this QEMU. A failure is remembered for minutes, and not beyond a restart of the host: its cause may be gone (a module that was loaded,
 * another hypervisor that ended, a setting of the firmware). The plan says which and why.
 */
import { accessSync, constants, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, release, tmpdir, uptime } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { LaneError, messageOf } from "../../base/errors.js";
import { runCommand } from "../../host/command.js";
import { readJsonFile, writeJsonFile } from "../../host/json-file.js";
import { cacheFolder } from "../../host/paths.js";
import type { MachineSpec } from "../machine.js";
import { PROOF_DEVICE, PROOF_STATUS, proofSector } from "./proof-guest.js";
import type { QemuBinary } from "./binary.js";

export type AccelRequest = "auto" | "kvm" | "hvf" | "tcg";
export type Accel = Exclude<AccelRequest, "auto">;

export interface AccelChoice {
  readonly accel: MachineSpec["accel"];
  /** One clause for the plan and the record, such as `this host has no /dev/kvm`. */
  readonly why: string;
}

/** A guest of one sector ends at once; a broken accelerator may hang instead, and a user waits for this. */
const PROOF_DEADLINE_MS = 8_000;

/**
 * @param prove whether an accelerator that was never tried on this host may be tried now; a plan touches nothing
 * @throws LaneError `accel-unusable` (host) when one was named that this host does not have
 */
export async function chooseAccel(
  request: AccelRequest,
  qemu: QemuBinary,
  prove: boolean,
): Promise<AccelChoice> {
  if (request === "tcg") return { accel: "tcg", why: "asked for" };
  const candidate = request === "auto" ? (process.platform === "darwin" ? "hvf" : "kvm") : request;
  const missing = whyMissing(candidate);
  const proof =
    missing === undefined ? await proofOf(candidate, qemu, prove) : { works: false, why: missing };
  if (proof.works) return { accel: candidate, why: proof.why };
  if (request === "auto") return { accel: "tcg", why: proof.why };
  throw new LaneError("accel-unusable", `--accel ${request}: ${proof.why}`);
}

function whyMissing(candidate: "kvm" | "hvf"): string | undefined {
  if (candidate === "hvf")
    return process.platform === "darwin" ? undefined : "HVF exists on macOS only";
  if (!existsSync("/dev/kvm")) return "this host has no /dev/kvm";
  try {
    accessSync("/dev/kvm", constants.R_OK | constants.W_OK);
    return undefined;
  } catch {
    return "this user may not open /dev/kvm (join the group kvm)";
  }
}

interface Proof {
  readonly works: boolean;
  readonly why: string;
}

/** How long a failure is believed: runs that follow each other do not pay for it again. */
const FAILURE_LASTS_MS = 10 * 60_000;

const memorySchema = z.record(
  z.string(),
  z.object({ works: z.boolean(), why: z.string(), testedMs: z.number() }),
);
type Remembered = z.infer<typeof memorySchema>[string];

async function proofOf(candidate: "kvm" | "hvf", qemu: QemuBinary, prove: boolean): Promise<Proof> {
  const path = join(cacheFolder(), "accelerators.json");
  const key = [candidate, hostname(), release(), qemu.path, qemu.version].join(" ");
  const remembered = memorySchema.safeParse(readJsonFile(path)).data ?? {};
  const known = remembered[key];
  if (known && isBelieved(known)) return { works: known.works, why: known.why };
  if (!prove) {
    return {
      works: false,
      why: `${candidate} has not been tried on this host ${known ? "lately" : "yet"}; a run tries it first`,
    };
  }
  const proof = await runProofGuest(candidate, qemu);
  remember(path, { ...remembered, [key]: { ...proof, testedMs: Date.now() } });
  return proof;
}

function isBelieved({ works, testedMs }: Remembered): boolean {
  const startedMs = Date.now() - uptime() * 1000;
  return works || (testedMs > startedMs && Date.now() - testedMs < FAILURE_LASTS_MS);
}

/** What cannot be kept is found out again the next time. */
function remember(path: string, memory: z.infer<typeof memorySchema>): void {
  try {
    writeJsonFile(path, memory);
  } catch {
    return;
  }
}

/** Runs the proof guest and says how it went. Never throws for an accelerator that fails: that is the answer. */
export async function runProofGuest(accel: Accel, qemu: QemuBinary): Promise<Proof> {
  const folder = mkdtempSync(join(tmpdir(), "kernlane-proof-"));
  try {
    const image = join(folder, "proof.img");
    writeFileSync(image, proofSector());
    const argv = [
      ...[qemu.path, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
      ...[
        "-machine",
        "pc",
        "-m",
        "32M",
        "-accel",
        accel,
        ...(accel === "tcg" ? [] : ["-cpu", "host"]),
      ],
      ...["-device", PROOF_DEVICE, "-drive", `file=${image},format=raw,if=ide`],
    ];
    const { code, stderr } = await runCommand({ argv, guarded: true }, PROOF_DEADLINE_MS);
    if (code === PROOF_STATUS)
      return { works: true, why: "a tiny guest ran under it on this host" };
    return {
      works: false,
      why: `a tiny guest died under ${accel}: ${firstLine(stderr) ?? `status ${code ?? "none"}`}`,
    };
  } catch (error) {
    return { works: false, why: `a tiny guest hung under ${accel}: ${messageOf(error)}` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function firstLine(text: string): string | undefined {
  return text.split("\n").find((line) => line.trim() !== "");
}
