/**
 * `kernlane.config.ts`: found, run and checked once. What is wrong is said with file, line and field.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { LaneError, messageOf, type ErrorCode } from "../base/errors.js";
import { packageRoot } from "../host/paths.js";
import { builtinLanes, defaultLane } from "./builtin-lanes.js";
import type { Config } from "./lane.js";
import { unknownLane, type NamedLane } from "./request.js";

export const CONFIG_NAMES = [
  "kernlane.config.ts",
  "kernlane.config.mjs",
  "kernlane.config.js",
] as const;

export interface LoadedConfig {
  readonly config: Config;
  /** Paths in the config are relative to it. */
  readonly folder: string;
}

/**
 * @param file the config's path; without it, the one of the working folder if there is one
 * @param reads told the path of each file that is read: the config, and what it imports in TypeScript or with `import`, but not
 *   what is installed in node_modules
 * @throws LaneError (usage) `config-missing`, `config-broken`, `config-invalid`
 */
export async function loadConfig(
  file: string | undefined,
  reads: (path: string) => void = () => undefined,
): Promise<LoadedConfig | undefined> {
  const path = file === undefined ? findConfig() : resolve(file);
  if (path === undefined) return undefined;
  if (!existsSync(path)) {
    throw new LaneError("config-missing", `--config: ${path} is not there`);
  }
  reads(path);
  const source = readFileSync(path, "utf8");
  // Loaded only for a config: a run without one starts the sooner.
  const { parseConfig } = await import("./config-schema.js");
  return {
    config: parseConfig(await evaluate(path, source, reads), path, source),
    folder: dirname(path),
  };
}

/**
 * The lane that is meant: by name from the config or the built-in ones; without a name the config's default, its only
 * lane, or a built-in one: `twq` where the environment asks for it, else `linux`.
 *
 * @param environment what the built-in lanes look into, as `process.env`
 * @throws LaneError `unknown-lane`, `lane-ambiguous` (usage), and what a built-in lane finds wrong in the environment
 */
export function selectLane(
  loaded: LoadedConfig | undefined,
  name: string | undefined,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): NamedLane {
  const own = loaded?.config.lanes ?? {};
  const wanted = name ?? loaded?.config.default ?? onlyName(own) ?? defaultLane(environment);
  const folder = loaded?.folder ?? process.cwd();
  if (Object.hasOwn(own, wanted)) return { name: wanted, lane: own[wanted]!, folder };
  if (Object.hasOwn(builtinLanes, wanted)) {
    return { name: wanted, lane: builtinLanes[wanted]!(environment), folder };
  }
  throw unknownLane(wanted, [...new Set([...Object.keys(builtinLanes), ...Object.keys(own)])]);
}

function onlyName(lanes: Config["lanes"]): string | undefined {
  const names = Object.keys(lanes);
  if (names.length <= 1) return names[0];
  throw new LaneError(
    "lane-ambiguous",
    `the config has ${names.length} lanes and no default: ${names.join(", ")}`,
  );
}

function findConfig(): string | undefined {
  return CONFIG_NAMES.map((name) => resolve(name)).find((path) => existsSync(path));
}

/** TypeScript is stripped, not checked: the values are, by the schema. `kernlane` means this very package. */
async function evaluate(
  path: string,
  source: string,
  reads: (path: string) => void,
): Promise<unknown> {
  const { createJiti } = await import("jiti");
  const root = packageRoot();
  const index = [join(root, "dist", "src", "index.js"), join(root, "src", "index.ts")].find((one) =>
    existsSync(one),
  );
  const files = [path];
  const options = {
    ...(index === undefined ? {} : { alias: { kernlane: index } }),
    moduleCache: false,
    sourceMaps: true,
  };
  const { transform } = createJiti(pathToFileURL(path).href, options);
  const jiti = createJiti(pathToFileURL(path).href, {
    ...options,
    // The one above has the cache.
    fsCache: false,
    transform: (file) => {
      if (file.filename !== undefined && !file.filename.startsWith(dirname(index ?? root))) {
        files.push(file.filename);
        reads(file.filename);
      }
      return { code: transform(file) };
    },
  });
  try {
    // Node itself would evaluate a module of JavaScript once and remember it: an edited config has to be another.
    const evaluated = (await jiti.evalModule(source, {
      filename: path,
      async: true,
      forceTranspile: true,
    })) as { readonly default?: unknown };
    return evaluated.default ?? evaluated;
  } catch (error) {
    throw brokenConfig(files, error);
  }
}

/**
 * What a builder refused is told with the line of the file that called it; anything else is a config that does not run.
 *
 * @param files the config, and what it imported
 */
function brokenConfig(files: readonly string[], error: unknown): LaneError {
  const known = refusalOf(error);
  return new LaneError(
    known?.code ?? "config-broken",
    `${placeOf(files, error)}: ${messageOf(error).split("\n")[0]!.trim()}`,
    {
      hint:
        known?.hint ??
        "the config has to be a module whose default export is defineConfig({ lanes: … })",
      cause: error,
    },
  );
}

/** The config may have been given another copy of this module, and with it another class: the name has to do. */
function refusalOf(
  error: unknown,
): { readonly code: ErrorCode; readonly hint?: string } | undefined {
  if (!(error instanceof Error) || error.name !== "LaneError") return undefined;
  return error as unknown as { readonly code: ErrorCode; readonly hint?: string };
}

/** The first `FILE:LINE:COLUMN` of a message or its stack, or `(LINE:COLUMN)` as a parser says it. */
function placeOf(files: readonly string[], error: unknown): string {
  const [config = ""] = files;
  const text = error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : "";
  const found = files
    .map((file) => ({ file, at: text.indexOf(`${file}:`) }))
    .filter(({ at }) => at >= 0)
    .sort((one, other) => one.at - other.at)[0];
  const rest = found === undefined ? "" : text.slice(found.at + found.file.length);
  const line = /^:(\d+)/.exec(rest) ?? /\((\d+):\d+\)/.exec(text);
  return `${found?.file ?? config}${line ? `:${line[1]}` : ""}`;
}
