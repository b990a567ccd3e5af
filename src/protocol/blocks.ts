import { limits } from "./limits.js";
import { checkContextName, checkInteger, stepError } from "./step-check.js";
import { commonOfBlock, type BlockOptions } from "./step-options.js";
import type { CountersStep, ParallelStep, Probe, ProcessStep, Step, ThreadStep } from "./step.js";

/**
 * The steps of one run.
 *
 * @throws LaneError `step-empty`, `step-misplaced` for a thread inside a thread or a process inside a process,
 *   `step-limit` for more processes or threads than the agent holds, `step-result-unknown`
 */
export function probe(steps: readonly Step[]): Probe {
  refuseEmpty(steps, "probe");
  const threads = new Map<string, Set<string>>([["main", new Set()]]);
  steps.forEach((step) => checkPlacement(step, { process: "main" }, threads));
  checkInteger(threads.size, 1, limits.processes, "probe: number of processes");
  for (const [name, names] of threads) {
    checkInteger(names.size, 0, limits.threadsPerProcess, `probe: threads of process ${name}`);
  }
  return { steps };
}

/**
 * Steps in the process of this name. It is made when it is first named and lives on after the block, so that later
 * blocks of the same name go on in it; `exit()` ends it.
 */
export function process(
  name: string,
  steps: readonly Step[],
  options: BlockOptions = {},
): ProcessStep {
  refuseEmpty(steps, `process ${name}`);
  const process = checkContextName(name, "process");
  return { kind: "process", process, steps, ...commonOfBlock(options, `process ${name}`) };
}

/** Steps in the thread of this name, in the process of the block around it. `exit()` ends the thread. */
export function thread(
  name: string,
  steps: readonly Step[],
  options: BlockOptions = {},
): ThreadStep {
  refuseEmpty(steps, `thread ${name}`);
  const thread = checkContextName(name, "thread");
  return { kind: "thread", thread, steps, ...commonOfBlock(options, `thread ${name}`) };
}

/**
 * Blocks that run side by side, each in its own process or thread. `barrier()` steps of the same number meet.
 *
 * @throws LaneError `step-parallel-twice` when two branches name the same process or thread
 * @example parallel([thread("a", [barrier(1, 2), enter]), thread("b", [barrier(1, 2), enter])])
 */
export function parallel(
  branches: readonly (ProcessStep | ThreadStep)[],
  options: BlockOptions = {},
): ParallelStep {
  refuseEmpty(branches, "parallel");
  const names = branches.map((one) => `${one.kind} ${"process" in one ? one.process : one.thread}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw stepError("step-parallel-twice", "parallel", `${twice} in two branches`, [
      "each process or thread once",
      "put its steps into one branch: they run one after another anyway",
    ]);
  }
  return { kind: "parallel", branches, ...commonOfBlock(options, `parallel ${names.join(", ")}`) };
}

/** Where a step stands. */
interface Placement {
  readonly process: string;
  readonly thread?: string;
  readonly isParallel?: boolean;
  readonly isCounted?: boolean;
}

function checkPlacement(step: Step, place: Placement, threads: Map<string, Set<string>>): void {
  const { process, thread } = place;
  const check = (inner: readonly Step[], within: Placement): void =>
    inner.forEach((one) => checkPlacement(one, within, threads));
  switch (step.kind) {
    case "parallel":
      check(step.branches, { ...place, isParallel: true });
      break;
    case "process":
      if (process !== "main" || thread !== undefined) {
        throw misplaced(`process ${step.process}`, thread ?? process);
      }
      if (!threads.has(step.process)) threads.set(step.process, new Set());
      check(step.steps, { ...place, process: step.process });
      break;
    case "thread":
      if (thread !== undefined) throw misplaced(`thread ${step.thread}`, thread);
      threads.get(process)?.add(step.thread);
      check(step.steps, { ...place, thread: step.thread });
      break;
    case "counters":
      checkCounters(step, place);
      check(step.steps ?? [], { ...place, isCounted: true });
      break;
    case "exec":
    case "join":
      if (thread !== undefined) throw misplaced(step.kind, thread);
      break;
    default:
  }
}

/** Counters are of the whole system: those of one branch would count what the others do. */
function checkCounters({ name, steps }: CountersStep, place: Placement): void {
  const { process, thread, isCounted } = place;
  const isInside = process !== "main" || thread !== undefined || isCounted === true;
  if (place.isParallel !== true && (steps !== undefined || !isInside)) return;
  const within = isCounted ? "other counters" : (thread ?? process);
  throw stepError("step-misplaced", name, `it inside ${place.isParallel ? "parallel" : within}`, [
    place.isParallel ? "it around the parallel" : "steps: without them it is of the whole probe",
    "write counters(…, { steps: […] })",
  ]);
}

function misplaced(what: string, within: string) {
  return stepError("step-misplaced", what, `it inside ${within}`, [
    "processes outside of other blocks, threads and exec directly in a process",
  ]);
}

/** @throws LaneError `step-empty` */
function refuseEmpty(steps: readonly unknown[], where: string): void {
  if (steps.length > 0) return;
  throw stepError("step-empty", where, "no steps", ["at least one"]);
}
