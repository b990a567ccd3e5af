/**
 * What a file of tests says of its guest.
 */
import { LaneError } from "../base/errors.js";
import { nearestName } from "../base/nearest.js";
import type { BootOptions } from "../live/guest/boot-guest.js";
import type { Gate } from "./gate.js";

/** Who shares a guest. */
export type Scope = "test" | "file" | "worker";

/** Each guest has a run folder of its own: `out` and `serialLog`, which would be those of many, are not here. */
export interface UseOptions extends Omit<BootOptions, "signal" | "out" | "serialLog"> {
  /**
   * `test`: each test has a guest of its own. `file`, the default: the tests of the file share one. `worker`: so do all files with
   * the same options that one Vitest worker runs; that is more than one file where Vitest runs with `isolate: false`.
   */
  readonly scope?: Scope;
  /** Whether tests run: see {@link Gate}. Default: the lane's own; a lane without one just runs. */
  readonly gate?: Gate;
}

const scopes: readonly Scope[] = ["test", "file", "worker"];

/** All of them, checked by the compiler. */
const known: Readonly<Record<keyof UseOptions, true>> = {
  lane: true,
  config: true,
  kernel: true,
  kernels: true,
  withModules: true,
  symbols: true,
  image: true,
  root: true,
  hypervisor: true,
  accel: true,
  cpus: true,
  memory: true,
  bootTimeout: true,
  dump: true,
  freeze: true,
  keep: true,
  checkpoint: true,
  savable: true,
  scope: true,
  gate: true,
};

/**
 * Test files are run without their types being checked, so mistakes are looked for here too.
 *
 * @throws LaneError `use-option-unknown`, `use-scope-unknown` (usage)
 */
export function checkUseOptions(options: UseOptions): UseOptions {
  const stray = Object.keys(options).find((name) => !Object.hasOwn(known, name));
  if (stray !== undefined) {
    const nearest = nearestName(stray, Object.keys(known));
    throw new LaneError("use-option-unknown", `test.use: there is no option "${stray}"`, {
      hint:
        nearest === undefined
          ? `there are ${Object.keys(known).join(", ")}`
          : `did you mean ${nearest}?`,
    });
  }
  const { scope } = options;
  if (scope === undefined || scopes.includes(scope)) return options;
  throw new LaneError(
    "use-scope-unknown",
    `test.use: found the scope "${scope as string}", expected ${scopes.join(", ")}`,
  );
}
