import { LaneError } from "../base/errors.js";
import type { RunRequest } from "../lane/request.js";
import type { Hypervisor } from "../machine/machine.js";

/** How many processors a machine gets, with a sentence for the user where that is not what its lane would like. */
export interface MachineCpus {
  readonly cpus: number;
  readonly notice?: string;
}

/**
 * A number that was asked for is given or refused; one that a built-in lane only prefers is reduced to what there is.
 *
 * @throws LaneError `bad-cpus` (usage) for more than the hypervisor gives
 * @example machineCpus({ cpus: 2, mayHaveFewerCpus: true }, { name: "bhyve", cpuLimit: { count: 1, from: "hw.vmm.maxcpu" } }).cpus // 1
 */
export function machineCpus(
  { cpus, mayHaveFewerCpus = false }: Pick<RunRequest, "cpus" | "mayHaveFewerCpus">,
  { name, cpuLimit }: Pick<Hypervisor, "name" | "cpuLimit">,
): MachineCpus {
  if (cpuLimit === undefined || cpus <= cpuLimit.count) return { cpus };
  const { count, from } = cpuLimit;
  const limit = `${name} gives a machine at most ${count} here (${from})`;
  if (mayHaveFewerCpus)
    return { cpus: count, notice: `${cpuText(count)} instead of the lane's ${cpus}: ${limit}` };
  throw new LaneError("bad-cpus", `found ${cpuText(cpus)}; ${limit}`, {
    hint: `write --cpus ${count}, or machine.cpus in the config; the limit itself is a tunable of the host's loader`,
    facts: { cpus, limit: count },
  });
}

function cpuText(count: number): string {
  return count === 1 ? "1 cpu" : `${count} cpus`;
}
