/**
 * What a test can ask of a live guest, over a session that somebody else opened: nothing here knows how the guest came to be.
 */
import type { ProgramOptions } from "../../protocol/system-steps.js";
import * as steps from "../../protocol/steps.js";
import { openBarriers, type Barrier } from "./barrier.js";
import { callSite } from "../session/call-site.js";
import { askIn, openCaller, type Caller, type Reach } from "./caller.js";
import { countWhile, type Counted, type CountOptions } from "./counters.js";
import { openProcess, openThread, type Process, type ThreadMaker } from "./process.js";
import { programReply, type ProgramReply } from "./reply.js";

export type RunOptions = Omit<ProgramOptions, "expect">;

/** Calls go to the guest's main process unless they are made by another. */
export interface GuestApi extends Caller, ThreadMaker {
  /**
   * A new process of the guest, with kernel state of its own.
   *
   * @param name told on the guest's console and in failures
   * @throws LaneError `guest-call-failed` (usage) for a name that is taken, and for more than 16 processes
   * @example await using worker = await guest.process();
   */
  process(name?: string): Promise<Process>;
  /** A place where `parties` threads or processes meet. At most 32 at once. */
  barrier(parties: number): Barrier;
  /**
   * Runs a program of the guest to its end, with nothing on stdin.
   *
   * @example expect((await guest.run("/bin/true")).exitStatus).toBe(0)
   */
  run(path: string, args?: readonly string[], options?: RunOptions): Promise<ProgramReply>;
  /**
   * What the kernel's counters counted while the callback ran, over all processes. They are read by the guest's main process.
   *
   * @param sources a sysctl, a tree of them (`kern.twq.*`), the path of a file of `key value` or `key: value` lines, or several
   * @throws LaneError `guest-call-failed` (usage) when they cannot be read; what the callback throws, as it is
   * @example
   * const { changed } = await guest.counters("kern.twq.*", async () => {
   *   await guest.syscall(468, 0x1, init, init.length, 0);
   * });
   * expect(changed).toEqual({ init_count: 1, proc_alloc_count: 1 });
   */
  counters<Result>(
    sources: string | readonly string[],
    doing: () => Result | Promise<Result>,
    options?: CountOptions,
  ): Promise<Counted<Result>>;
}

export function openGuestApi(reach: Reach): GuestApi {
  const ask = askIn(reach, "main", () => undefined);
  return {
    ...openCaller(reach, "main", ask),
    process: (name) => openProcess(reach, ask, name),
    thread: (name) => openThread(reach, "main", ask, undefined, name),
    barrier: openBarriers(),
    counters: (sources, doing, options = {}) =>
      countWhile({ ask, family: reach.family, site: callSite() }, sources, doing, options),
    async run(path, args = [], options = {}) {
      const step = steps.program(path, args, options);
      return programReply(await ask(step, callSite(), options), reach.family);
    },
  };
}
