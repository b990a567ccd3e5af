/**
 * The lanes of the TWQ project, each on a FreeBSD image with its own kernel beside the project's: `twq`, the two calls that tell
 * the scaffold apart; `twq-state`, what a kernel with state has to answer. The environment variables of the project's earlier scripts say the same things here:
 *
 *     TWQ_VM_IMAGE              the base image
 *     TWQ_VM_NAME               the machine's name; with two columns each gets its own name put behind
 *     TWQ_VM_VCPUS, TWQ_VM_MEMORY
 *     TWQ_SERIAL_LOG            where the console goes
 *     TWQ_BHYVE_FLAGS           further flags for bhyve(8), divided by blanks
 *     TWQ_KERNEL_OBJDIRPREFIX   MAKEOBJDIRPREFIX of the build: the kernel is found in it
 *     TWQ_KERNEL_CONF           its configuration; if not set TWQDEBUG, or TWQSTATE for the kernel with state
 *     TWQ_PROBE_BIN             a FreeBSD program of the user's own, run after the steps
 *     TWQ_RUN_VM_INTEGRATION    1: tests of these lanes boot guests; without it they are skipped
 */
import { basename, resolve } from "node:path";
import { LaneError } from "../../src/base/errors.js";
import type { Environment } from "../../src/lane/built-in-lanes.js";
import { defineLane, type LaneConfig } from "../../src/lane/lane.js";
import type { Step } from "../../src/protocol/step.js";
import { FEATURES } from "./abi.js";
import { stateSteps } from "./state-steps.js";
import { foreignSteps, twqSteps } from "./steps.js";

const GATE = "TWQ_RUN_VM_INTEGRATION";

/**
 * @param environment a variable that is empty counts as not set
 * @throws LaneError `bad-cpus` (usage)
 * @example twqLane({ TWQ_VM_IMAGE: "FreeBSD-15.0-STABLE-amd64-ufs.raw" })
 */
export function twqLane(environment: Environment): LaneConfig {
  const conf = confIn(environment, "TWQDEBUG");
  return laneOn(environment, conf, {
    description: "FreeBSD, its own kernel beside that of the TWQ scaffold (syscall 468)",
    ...withOwnProbe(environment, twqSteps(conf), conf, "ENOTSUP"),
  });
}

/**
 * @param environment as {@link twqLane}
 * @throws LaneError `bad-cpus` (usage)
 */
export function twqStateLane(environment: Environment): LaneConfig {
  const conf = confIn(environment, "TWQSTATE");
  const { cpus: width = 1 } = machineOf(environment);
  const steps = stateSteps({ family: "freebsd", column: conf, width });
  return laneOn(environment, conf, {
    description: "FreeBSD, its own kernel beside the one whose syscall 468 has state",
    ...withOwnProbe(environment, steps, conf, FEATURES),
  });
}

function laneOn(
  environment: Environment,
  conf: string,
  lane: Pick<LaneConfig, "description" | "probe" | "files">,
): LaneConfig {
  const image = pathIn(environment, "TWQ_VM_IMAGE");
  const serialLog = pathIn(environment, "TWQ_SERIAL_LOG");
  const objdir = pathIn(environment, "TWQ_KERNEL_OBJDIRPREFIX");
  return defineLane({
    guest: "freebsd",
    ...(image === undefined ? {} : { image }),
    kernels: {
      stock: "auto",
      ...(objdir === undefined ? {} : { [conf]: { objdir, conf } }),
    },
    machine: machineOf(environment),
    ...(serialLog === undefined ? {} : { serialLog }),
    ...lane,
    gate: GATE,
  });
}

/** Whether these variables say enough for a run without arguments. */
export function asksForTwq(environment: Environment): boolean {
  return set(environment["TWQ_VM_IMAGE"]) !== undefined;
}

/** Whether these variables say how many virtual cpus there are to be. */
export function asksForTwqCpus(environment: Environment): boolean {
  return set(environment["TWQ_VM_VCPUS"]) !== undefined;
}

/** What is said of variables that are accepted and have no effect. */
export function twqNotices(environment: Environment): readonly string[] {
  if (set(environment["TWQ_GUEST_ROOT"]) === undefined) return [];
  return [
    "TWQ_GUEST_ROOT has no effect: the image is edited without being mounted, so there is no mount point to name or to leave behind",
  ];
}

function machineOf(environment: Environment): NonNullable<LaneConfig["machine"]> {
  const cpus = set(environment["TWQ_VM_VCPUS"]);
  const memory = set(environment["TWQ_VM_MEMORY"]);
  const name = set(environment["TWQ_VM_NAME"]);
  const flags = set(environment["TWQ_BHYVE_FLAGS"]);
  return {
    cpus: cpus === undefined ? 2 : wholeNumber("TWQ_VM_VCPUS", cpus),
    memory: memory ?? "1G",
    ...(name === undefined ? {} : { name }),
    ...(flags === undefined ? {} : { bhyveFlags: flags.split(/\s+/) }),
  };
}

/** @param known what the kernel of this column answers the user's own probe for INIT */
function withOwnProbe(
  environment: Environment,
  steps: readonly Step[],
  column: string,
  known: number | string,
): Pick<LaneConfig, "probe" | "files"> {
  const own = pathIn(environment, "TWQ_PROBE_BIN");
  if (own === undefined) return { probe: steps };
  const path = `/kernlane/bin/${basename(own)}`;
  return { probe: [...steps, ...foreignSteps(path, column, known)], files: { [path]: own } };
}

function confIn(environment: Environment, otherwise: string): string {
  return set(environment["TWQ_KERNEL_CONF"]) ?? otherwise;
}

function pathIn(environment: Environment, name: string): string | undefined {
  const path = set(environment[name]);
  return path === undefined ? undefined : resolve(path);
}

function set(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === "" ? undefined : value.trim();
}

function wholeNumber(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new LaneError("bad-cpus", `${name}: found "${text}", expected a whole number`, {
    hint: `set ${name}=2, or unset it`,
  });
}
