/**
 * What this host can do for the default lane, and what is missing.
 */
import { availableParallelism, freemem, platform, release, totalmem } from "node:os";
import { basename } from "node:path";
import { LaneError, messageOf } from "../base/errors.js";
import { formatBytes } from "../base/units.js";
import { openLinux } from "../guests/linux/linux.js";
import { findStockLinux } from "../guests/linux/stock.js";
import { foreignHolds } from "../host/ledger.js";
import { cacheFolder, stateFolder } from "../host/paths.js";
import { findBhyve, type BhyvePlaces } from "../machine/bhyve/host.js";
import { chooseAccel } from "../machine/qemu/accelerator.js";
import {
  findUefiFirmware,
  requireUefiFirmware,
  type FirmwareSearch,
} from "../machine/qemu/firmware.js";
import { findQemu } from "../machine/qemu/binary.js";
import { findSymbolizerProgram } from "../symbols/symbolizer-program.js";
import { QEMU_PROGRAM } from "./host-facts.js";
import { agentFile } from "./plan-guest.js";

export interface HostFinding {
  readonly what: string;
  /** `limited`: something works, but not all, or not as well as it could. `missing`: no lane can run. */
  readonly state: "ok" | "limited" | "missing";
  readonly found: string;
  readonly remedy?: string;
}

/**
 * One finding a line of `kernlane doctor`. Tries an accelerator that was never tried, and whether this user may make virtual machines;
 * installs nothing.
 *
 * @param places where bhyve is, if not at its usual places
 */
export async function examineHost(
  places: Partial<BhyvePlaces> = {},
): Promise<readonly HostFinding[]> {
  const vmm = await bhyve(places);
  const forLinux = [...(await hypervisor()), await finding("kernel", stockKernel)];
  return [
    machine(),
    node(),
    // Where bhyve runs FreeBSD's guests, only those of Linux need the rest.
    ...forLinux.map((one) => (vmm.state === "ok" ? withoutLinux(one) : one)),
    await finding("agent", () =>
      Promise.resolve(`built (${agentFile(openLinux()).content.length} bytes)`),
    ),
    cache(),
    vmm,
    await sourceLines(),
    ...(await foreign()),
  ];
}

function withoutLinux(found: HostFinding): HostFinding {
  if (found.state !== "missing") return found;
  return { ...found, state: "limited", found: `${found.found}; Linux guests need it` };
}

async function stockKernel(): Promise<string> {
  const { path, origin, identity } = await findStockLinux(false);
  return `${identity.label}, ${path} (${origin})`;
}

function machine(): HostFinding {
  const found = `${platform()} ${release()}, ${availableParallelism()} cores, ${formatBytes(freemem())} of ${formatBytes(totalmem())} free`;
  return { what: "host", state: "ok", found };
}

function node(): HostFinding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const enough = major > 20 || (major === 20 && minor >= 19);
  return {
    what: "node",
    state: enough ? "ok" : "missing",
    found: process.versions.node,
    ...(enough ? {} : { remedy: "install Node.js 20.19 or later" }),
  };
}

async function hypervisor(): Promise<readonly HostFinding[]> {
  try {
    const qemu = await findQemu(QEMU_PROGRAM);
    const { accel, why } = await chooseAccel("auto", qemu, true);
    return [
      { what: "qemu", state: "ok", found: `${qemu.version}, ${qemu.path}` },
      {
        what: "accelerator",
        state: accel === "tcg" ? "limited" : "ok",
        found: accel === "tcg" ? `tcg, every instruction translated: ${why}` : `${accel}: ${why}`,
      },
      uefi(findUefiFirmware(qemu.path)),
    ];
  } catch (error) {
    return [missing("qemu", error)];
  }
}

/** Disks with boot code for a BIOS need none. */
function uefi(search: FirmwareSearch): HostFinding {
  try {
    const { code, vars } = requireUefiFirmware(search);
    return {
      what: "uefi",
      state: "ok",
      found: [code, ...(vars ? [vars] : [])].map(({ path }) => path).join(", "),
    };
  } catch (error) {
    return { ...missing("uefi", error), state: "limited" };
  }
}

async function bhyve(places: Partial<BhyvePlaces>): Promise<HostFinding> {
  try {
    const { bhyve: path, version, maxCpus, asRoot } = await findBhyve(places, true);
    const how = asRoot.length === 0 ? "" : `, as root by ${basename(asRoot[0]!)}`;
    const found = `${path}, ${version}${how}, up to ${maxCpus} cpus a machine`;
    return { what: "bhyve", state: "ok", found };
  } catch (error) {
    // QEMU does the same work.
    return { ...missing("bhyve", error), state: "limited" };
  }
}

/** That the folder can be written to is tried, not assumed. */
function cache(): HostFinding {
  try {
    const used = stateFolder();
    if (used === cacheFolder()) return { what: "cache", state: "ok", found: used };
    return {
      what: "cache",
      state: "limited",
      found: `${cacheFolder()} cannot be written; ${used} is used instead`,
      remedy: "let XDG_CACHE_HOME name a folder that you can write to",
    };
  } catch (error) {
    return missing("cache", error);
  }
}

/** What names the source lines of a backtrace; without it a crash has its functions only. */
async function sourceLines(): Promise<HostFinding> {
  try {
    const { kind, path, version = "of an unknown version" } = await findSymbolizerProgram();
    const found = `${kind} ${version}, ${path}`;
    if (kind === "llvm-symbolizer") return { what: "source lines", state: "ok", found };
    return {
      what: "source lines",
      state: "limited",
      found: `${found}; it reads no kernel with DWARF 5, and takes longer`,
      remedy: "install llvm, for llvm-symbolizer",
    };
  } catch (error) {
    return { ...missing("source lines", error), state: "limited" };
  }
}

/** What nobody here can judge: it is for a person to remove. */
async function foreign(): Promise<readonly HostFinding[]> {
  const holds = await foreignHolds().catch(() => []);
  return holds.map(({ path, text }) => ({
    what: "left alone",
    state: "ok",
    found: text,
    remedy: `if it is dead, remove ${path}`,
  }));
}

async function finding(what: string, look: () => Promise<string>): Promise<HostFinding> {
  try {
    return { what, state: "ok", found: await look() };
  } catch (error) {
    return missing(what, error);
  }
}

function missing(what: string, error: unknown): HostFinding {
  const remedy = error instanceof LaneError ? error.hint : undefined;
  return {
    what,
    state: "missing",
    found: messageOf(error),
    ...(remedy === undefined ? {} : { remedy }),
  };
}
