/**
 * `kernlane.config.ts`: found, run and checked once. What is wrong is said with file, line and field.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { LaneError, messageOf } from "../base/errors.js";
import { nearestName } from "../base/nearest.js";
import { builtInLane, builtInNames, defaultLane, type Environment } from "./built-in-lanes.js";
import { findConfig } from "./find-config.js";
import type { Config } from "./lane.js";
import type { NamedLane } from "./request.js";

export interface LoadedConfig {
  readonly config: Config;
  /** Absolute. */
  readonly path: string;
  /** Paths in the config are relative to it. */
  readonly folder: string;
}

/**
 * @param file the config's path; without it, the nearest one of the working folder and those above it in its repository
 * @param reads told the path of each file that is read: the config, and what it imports in TypeScript or with `import`, but not
 *   what is installed in node_modules
 * @returns undefined where there is no config and none was named
 * @throws LaneError (usage) `config-missing`, `config-ambiguous`, `config-broken`, `config-invalid`
 */
export async function loadConfig(
  file: string | undefined,
  reads: (path: string) => void = () => undefined,
): Promise<LoadedConfig | undefined> {
  const path = file === undefined ? findConfig(".") : resolve(file);
  if (path === undefined) return undefined;
  if (!existsSync(path)) throw new LaneError("config-missing", `--config ${path}: no such file`);
  reads(path);
  const source = readConfig(path);
  // Loaded only for a config: a run without one starts the sooner.
  const { parseConfig } = await import("./config-schema.js");
  const { evaluateConfig } = await import("./evaluate-config.js");
  const config = parseConfig(await evaluateConfig(path, source, reads), path, source);
  return { config, path, folder: dirname(path) };
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const message = `the config ${path} cannot be read: ${messageOf(cause)}`;
    throw new LaneError("config-missing", message, { cause });
  }
}

/**
 * The lane that is meant: by name from the config or the built-in ones; without a name the config's default, its only
 * lane, or a built-in one.
 *
 * @param environment what the built-in lanes look into, as `process.env`
 * @throws LaneError `unknown-lane`, `lane-ambiguous` (usage), and what a built-in lane finds wrong in the environment
 */
export function selectLane(
  loaded: LoadedConfig | undefined,
  name: string | undefined,
  environment: Environment = process.env,
): NamedLane {
  const own = loaded?.config.lanes ?? {};
  const wanted = name ?? loaded?.config.default ?? onlyName(own) ?? defaultLane(environment) ?? "";
  if (loaded && Object.hasOwn(own, wanted))
    return { name: wanted, lane: own[wanted]!, folder: loaded.folder, config: loaded.path };
  const builtIn = builtInLane(wanted);
  if (builtIn) {
    const prefersCpus = !(builtIn.asksForCpus?.(environment) ?? false);
    return { name: wanted, lane: builtIn.laneOf(environment), folder: process.cwd(), prefersCpus };
  }
  throw unknownLane(wanted, [...new Set([...builtInNames(), ...Object.keys(own)])]);
}

function onlyName(lanes: Config["lanes"]): string | undefined {
  const names = Object.keys(lanes);
  if (names.length <= 1) return names[0];
  throw new LaneError(
    "lane-ambiguous",
    `the config has ${names.length} lanes and no default: ${names.join(", ")}`,
  );
}

function unknownLane(name: string, known: readonly string[]): LaneError {
  const nearest = nearestName(name, known);
  return new LaneError(
    "unknown-lane",
    `there is no lane "${name}"; the lanes are ${known.join(", ")}`,
    {
      hint:
        nearest === undefined
          ? "name one of these, or define it in kernlane.config.ts"
          : `did you mean ${nearest}?`,
      facts: { name },
    },
  );
}
