/**
 * From the flags of a command to the request that they mean.
 */
import "../../lanes/register.js";
import { builtInLane } from "../lane/built-in-lanes.js";
import { loadConfig, selectLane } from "../lane/config.js";
import {
  resolveOneKernel,
  resolveRequest,
  type NamedLane,
  type RunRequest,
} from "../lane/request.js";
import { rememberConfigFile } from "./faults.js";
import { optionsFrom, type GuestFlags, type RunFlags } from "./options.js";

/**
 * @param reads told of each file of the config that is read
 * @throws LaneError (usage) for a lane, config, size or duration that makes no sense
 */
export async function requestFrom(
  lane: string | undefined,
  flags: RunFlags,
  reads?: (path: string) => void,
): Promise<RunRequest> {
  const named = await namedLaneFrom(lane, flags, reads);
  const options = optionsFrom(flags);
  // A person debugs one guest at a time.
  return flags.gdb ? resolveOneKernel(named, options, "debug") : resolveRequest(named, options);
}

/** Says on stderr what of the environment has no effect. @throws LaneError (usage) */
export async function namedLaneFrom(
  lane: string | undefined,
  { config }: GuestFlags,
  reads?: (path: string) => void,
): Promise<NamedLane> {
  const follow = (path: string): void => {
    rememberConfigFile(path);
    reads?.(path);
  };
  const selected = selectLane(await loadConfig(config, follow), lane);
  const notices = selected.config === undefined ? builtInLane(selected.name)?.noticesOf : undefined;
  for (const notice of notices?.(process.env) ?? []) {
    process.stderr.write(`note: ${notice}\n`);
  }
  return selected;
}
