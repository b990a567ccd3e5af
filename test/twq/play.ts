/** A sequence of commands, carried out by a kernel and by the model side by side. */
import fc from "fast-check";
import type { TwqCommand } from "../../lanes/twq/command.js";
import { startState, step, type TwqAnswer, type TwqState } from "../../lanes/twq/model.js";
import type { TwqCounter, TwqStats } from "../../lanes/twq/stats.js";
import { commandSequences } from "./commands.js";
import { printAsTest } from "./print-as-test.js";

/** A kernel that has the contract, reached in whatever way. */
export interface TwqKernel {
  perform(command: TwqCommand): Promise<TwqAnswer>;
  stats(): Promise<TwqStats>;
}

export interface Disagreement {
  /** Of the command; absent when the counters differ after all of them. */
  readonly index?: number;
  /** For people: what the contract says, what the kernel said. */
  readonly text: string;
}

export interface ShortestDisagreement extends Disagreement {
  readonly commands: readonly TwqCommand[];
  /** A test that shows it, to be pasted into a file. */
  readonly test: string;
}

/**
 * Runs the commands and compares every answer, then the counters; at the end ends every process and compares the counters again,
 * in which a record that was not dropped shows. The kernel needs not be fresh: its counters are read first, and no process is
 * left behind.
 */
export async function findDisagreement(
  kernel: TwqKernel,
  commands: readonly TwqCommand[],
): Promise<Disagreement | undefined> {
  let state = startState(await kernel.stats());
  let found: Disagreement | undefined;
  for (const [index, command] of commands.entries()) {
    const expected = step(state, command);
    const seen = await kernel.perform(command);
    state = expected.state;
    // Once they disagree only the ends are of interest: they leave the kernel clean.
    if (found || seen === expected.answer) continue;
    found = { index, text: `the contract says ${show(expected.answer)}, the kernel ${show(seen)}` };
  }
  found ??= counterDisagreement("after the last command", state, await kernel.stats());
  for (const command of ends(commands)) {
    state = step(state, command).state;
    await kernel.perform(command);
  }
  return found ?? counterDisagreement("with every process gone", state, await kernel.stats());
}

/**
 * Random sequences until the kernel does something else than the model, and then the shortest one that shows it.
 *
 * @param numRuns how many sequences
 */
export async function findShortestDisagreement(
  kernel: TwqKernel,
  { numRuns, seed }: { readonly numRuns: number; readonly seed?: number },
): Promise<ShortestDisagreement | undefined> {
  // Trouble on the way to the kernel is no disagreement, and nothing to shrink.
  const troubles: Error[] = [];
  const agrees = async (commands: readonly TwqCommand[]): Promise<boolean> => {
    if (troubles.length > 0) return true;
    try {
      return (await findDisagreement(kernel, commands)) === undefined;
    } catch (error) {
      troubles.push(error instanceof Error ? error : new Error(String(error)));
      return true;
    }
  };
  const { counterexample } = await fc.check(fc.asyncProperty(commandSequences, agrees), {
    numRuns,
    ...(seed === undefined ? {} : { seed }),
  });
  if (troubles[0]) throw troubles[0];
  if (counterexample === null) return undefined;
  const [commands] = counterexample;
  const stats = await kernel.stats();
  const disagreement = await findDisagreement(kernel, commands);
  if (!disagreement)
    throw new Error("the kernel disagreed with the contract once, and then no more");
  const test = printAsTest(commands, stats.width, disagreement);
  return { ...disagreement, commands, test };
}

function ends(commands: readonly TwqCommand[]): readonly TwqCommand[] {
  const processes = new Set(commands.map((command) => command.process));
  return [...processes].map((process) => ({ kind: "exit", process }));
}

function counterDisagreement(
  when: string,
  { counters }: TwqState,
  seen: TwqStats,
): Disagreement | undefined {
  const names = Object.keys(counters) as TwqCounter[];
  const different = names
    .filter((name) => counters[name] !== seen.counters[name])
    .map((name) => `${name} ${counters[name]}, the kernel ${seen.counters[name]}`);
  if (different.length === 0) return undefined;
  return { text: `${when} the contract says ${different.join("; ")}` };
}

function show(answer: TwqAnswer): string {
  return answer === undefined ? "nothing" : String(answer);
}
