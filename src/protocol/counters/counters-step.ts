import { limits } from "../limits.js";
import { checkInteger, stepError } from "../step-check.js";
import { common, type StepOptions } from "../step-options.js";
import type { CountersStep, Step } from "../step.js";
import { parseCountersExpectation, type CountersExpectationInput } from "./expectation.js";
import type { PerCpu } from "./reading.js";
import { parseSource } from "./source.js";

const SOURCES_LIMIT = 16;

export interface CountersOptions extends Pick<StepOptions, "name" | "deadlineMs"> {
  /** The steps that the counters are read before and after. Default: those of the whole probe. */
  readonly steps?: readonly Step[];
  /** What is expected of their changes, by column where kernels differ. */
  readonly expect?: CountersExpectationInput;
  /** Of files and sysctls with values for each processor: added up, or `name[cpu]`. Default `sum`. */
  readonly perCpu?: PerCpu;
}

/**
 * What the kernel's counters counted meanwhile: a snapshot before and after the steps that it holds, or of the whole probe. Each
 * counter that changed is a row, and each of which something is expected.
 *
 * @param sources a sysctl, a tree of them (`kern.twq.*`), the path of a file of `key value` or `key: value` lines, or several
 * @throws LaneError `step-name-invalid`, `step-path-invalid`, `formula-invalid`, `empty-expectation`, `step-empty`
 * @example
 * counters("kern.twq.*", {
 *   expect: { TWQDEBUG: [{ init_count: "+1", "bucket_req_total[3]": "+2" }, "proc_alloc_count == proc_free_count"] },
 *   steps: [process("worker", [init, request, exit()])],
 * })
 */
export function counters(
  sources: string | readonly string[],
  options: CountersOptions = {},
): CountersStep {
  const patterns = typeof sources === "string" ? [sources] : sources;
  const { perCpu = "sum", steps, expect, ...rest } = options;
  const own = common(rest, nameOf(patterns), ["steps", "expect", "perCpu"]);
  checkInteger(patterns.length, 1, SOURCES_LIMIT, `${own.name}: number of sources`);
  if (!["sum", "each"].includes(perCpu)) {
    throw stepError("step-option-unknown", own.name, `perCpu ${JSON.stringify(perCpu)}`, [
      "sum or each",
    ]);
  }
  if (steps?.length === 0) throw stepError("step-empty", own.name, "no steps", ["at least one"]);
  return {
    kind: "counters",
    ...own,
    sources: patterns.map((pattern) => parseSource(pattern, own.name)),
    perCpu,
    ...(expect === undefined ? {} : { rules: parseCountersExpectation(expect, own.name) }),
    ...(steps === undefined ? {} : { steps }),
  };
}

function nameOf(patterns: readonly string[]): string {
  const all = `counters ${patterns.join(", ")}`;
  if (Buffer.byteLength(all) <= limits.nameBytes) return all;
  return `counters ${patterns[0]!.slice(0, 60)}… (${patterns.length})`;
}
