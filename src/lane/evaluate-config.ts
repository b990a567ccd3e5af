/**
 * Runs a config and tells what is wrong with it by file and line.
 */
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { LaneError, messageOf } from "../base/errors.js";
import { packageRoot } from "../host/paths.js";

/**
 * TypeScript is stripped, not checked: the values are, by the schema. `kernlane` means this very package, as it is loaded.
 *
 * @param reads told the path of each file that is read besides the config
 * @returns the default export, or the module if it has none
 * @throws LaneError `config-broken` (usage), or what a builder of steps refused, with the line that called it
 */
export async function evaluateConfig(
  path: string,
  source: string,
  reads: (path: string) => void,
): Promise<unknown> {
  const { createJiti } = await import("jiti");
  const files = [path];
  const options = {
    virtualModules: { kernlane: (await import(publicEntry())) as object },
    moduleCache: false,
    sourceMaps: true,
  };
  const { transform } = createJiti(pathToFileURL(path).href, options);
  const jiti = createJiti(pathToFileURL(path).href, {
    ...options,
    // The one above has the cache.
    fsCache: false,
    transform: (file) => {
      if (file.filename !== undefined) {
        files.push(file.filename);
        reads(file.filename);
      }
      return { code: transform(file) };
    },
  });
  try {
    // Node itself would evaluate a module of JavaScript once and remember it: an edited config has to be another.
    const options = { filename: path, async: true, forceTranspile: true };
    return defaultExportOf(await orStuck(jiti.evalModule(source, options) as Promise<unknown>));
  } catch (error) {
    if (isNullExport(error)) return null;
    throw brokenConfig(files, error);
  }
}

/** With nothing left to wait for, Node ends the process, and with status 0: such a config would pass without having run. */
async function orStuck(evaluation: Promise<unknown>): Promise<unknown> {
  let onIdle = (): void => undefined;
  const stuck = new Promise<never>((_, reject) => {
    onIdle = () => reject(new Error("it awaits something that never comes"));
  });
  process.once("beforeExit", onIdle);
  try {
    return await Promise.race([evaluation, stuck]);
  } finally {
    process.off("beforeExit", onIdle);
  }
}

/** jiti looks for a promise in the default export, and stumbles over `null`. */
function isNullExport(error: unknown): boolean {
  if (!(error instanceof TypeError)) return false;
  const [message, frame = ""] = (error.stack ?? "").split("\n");
  return message!.includes("of null (reading 'then')") && /[\\/]jiti[\\/]/.test(frame);
}

/** CommonJS may export the config itself, whose field `default` names a lane. */
function defaultExportOf(evaluated: unknown): unknown {
  if (typeof evaluated !== "object" || evaluated === null) return evaluated;
  if ("lanes" in evaluated && !("__esModule" in evaluated)) return evaluated;
  return (evaluated as { readonly default?: unknown }).default ?? evaluated;
}

/** The library's entry that goes with this file: of the build or of the sources. */
function publicEntry(): string {
  const built = join(packageRoot(), "dist");
  const isBuilt = fileURLToPath(import.meta.url).startsWith(built);
  const entry = isBuilt ? join(built, "index.js") : join(packageRoot(), "src", "index.ts");
  return pathToFileURL(entry).href;
}

/**
 * What a builder refused is told with the line of the file that called it; anything else is a config that does not run.
 *
 * @param files the config, and what it imported
 */
export function brokenConfig(files: readonly string[], error: unknown): LaneError {
  const known = error instanceof LaneError ? error : undefined;
  return new LaneError(
    known?.code ?? "config-broken",
    `${placeOf(files, error)}: ${messageOf(error).split("\n")[0]!.trim()}`,
    {
      hint: known
        ? known.hint
        : "the config has to be a module whose default export is defineConfig({ lanes: … })",
      cause: error,
    },
  );
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
