/**
 * The lanes that exist without a config. `lanes/` enters them here; nothing below it knows their names.
 */
import { LaneError } from "../base/errors.js";
import type { LaneConfig } from "./lane.js";

export type Environment = Readonly<Record<string, string | undefined>>;

/** A lane that is made of what the environment says. */
export interface BuiltInLane {
  readonly name: string;
  /** @throws LaneError (usage) for a variable that makes no sense */
  readonly laneOf: (environment: Environment) => LaneConfig;
  /** Whether the environment asks for this lane, where neither a name nor a config does. */
  readonly isAskedFor: (environment: Environment) => boolean;
  /** Whether the environment says how many cpus there are to be. Default: it never does. */
  readonly asksForCpus?: (environment: Environment) => boolean;
  /** Sentences for the user about variables that are accepted and have no effect. */
  readonly noticesOf?: (environment: Environment) => readonly string[];
}

const lanes = new Map<string, BuiltInLane>();

/**
 * @throws LaneError `lane-name-taken` (bug)
 * @example registerLane({ name: "linux", laneOf: () => linuxLane, isAskedFor: () => false })
 */
export function registerLane(lane: BuiltInLane): void {
  const before = lanes.get(lane.name);
  if (before !== undefined && before !== lane)
    throw new LaneError("lane-name-taken", `two built-in lanes are called ${lane.name}`);
  lanes.set(lane.name, lane);
}

export function builtInLane(name: string): BuiltInLane | undefined {
  return lanes.get(name);
}

export function builtInNames(): readonly string[] {
  return [...lanes.keys()];
}

/** The lane that is meant when neither a name nor a config says one: the first that is asked for, else the first of all. */
export function defaultLane(environment: Environment): string | undefined {
  const all = [...lanes.values()];
  return (all.find((lane) => lane.isAskedFor(environment)) ?? all[0])?.name;
}
