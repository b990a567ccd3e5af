import { linuxLane } from "../../lanes/linux/lane.js";
import { asksForTwq, twqLane, twqNotices } from "../../lanes/twq/lane.js";
import type { LaneConfig } from "./lane.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** The lanes that are there without a config. */
export const builtinLanes: Readonly<Record<string, (environment: Environment) => LaneConfig>> = {
  linux: () => linuxLane,
  twq: twqLane,
};

/** The lane that is meant when neither a name nor a config says one. */
export function defaultLane(environment: Environment): string {
  return asksForTwq(environment) ? "twq" : "linux";
}

/** Sentences for the user about what a lane takes from the environment. */
export function noticesOf(lane: string, environment: Environment): readonly string[] {
  return lane === "twq" ? twqNotices(environment) : [];
}
