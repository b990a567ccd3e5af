/**
 * Whether vmm(4) can be used on this host at all.
 *
 * `kldload vmm` succeeds on a processor without support: the file stays, and the module in it has refused to begin (kld(4): a
 * file may hold several modules). Only the kernel's messages say why.
 */
import { LaneError } from "../../base/errors.js";
import { runCommand } from "../../host/command.js";
import type { BhyvePlaces } from "./host.js";

const DEADLINE_MS = 20_000;

/** How vmm's own refusals begin (sys/amd64/vmm/amd/svm.c, intel/vmx.c), and the kernel's word for a module that failed. */
const REFUSAL = /^(?:SVM: |vmx_modinit: |vmm_init: |module_register_init: MOD_LOAD \(vmm, )/;

/** @throws LaneError (host) `bhyve-missing`, `vmm-not-loaded`, `vmm-unsupported` */
export async function requireVmm({ find }: BhyvePlaces): Promise<void> {
  const kldstat = find("kldstat");
  if (kldstat === undefined)
    throw new LaneError("bhyve-missing", "kldstat was not found in PATH", {
      facts: { program: "kldstat" },
    });
  if (await succeeds([kldstat, "-q", "-m", "vmm"])) return;
  if (await succeeds([kldstat, "-q", "-n", "vmm"])) throw unsupported(await whyRefused(find));
  throw new LaneError("vmm-not-loaded", "the kernel module vmm is not loaded");
}

async function succeeds(argv: readonly string[]): Promise<boolean> {
  return (await runCommand({ argv }, DEADLINE_MS)).code === 0;
}

/** The last words are of the last attempt. */
async function whyRefused(find: BhyvePlaces["find"]): Promise<string | undefined> {
  const dmesg = find("dmesg");
  if (dmesg === undefined) return undefined;
  const { stdout } = await runCommand({ argv: [dmesg] }, DEADLINE_MS);
  const said = stdout.split("\n").filter((line) => REFUSAL.test(line));
  return said.findLast((line) => !line.startsWith("module_register_init")) ?? said.at(-1);
}

function unsupported(why: string | undefined): LaneError {
  return new LaneError(
    "vmm-unsupported",
    `vmm is loaded, and has found no processor that it supports: ${why ?? "see dmesg"}`,
  );
}
