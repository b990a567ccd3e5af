/**
 * What `kernlane init` does, apart from its command line: loaded only when it is asked for.
 */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { LaneError, messageOf, systemCodeOf } from "../base/errors.js";
import { CONFIG_NAMES } from "../lane/find-config.js";
import { configTemplate } from "./config-template.js";

export function writeConfig(): void {
  const path = resolve(CONFIG_NAMES[0]!);
  writeNewFile(path, configTemplate);
  process.stdout.write(`wrote ${path}\nnow: kernlane plan, then kernlane run\n`);
}

/** @throws LaneError `config-exists`, `config-not-written` (usage) */
function writeNewFile(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: "wx" });
  } catch (error) {
    const exists = systemCodeOf(error) === "EEXIST";
    throw new LaneError(
      exists ? "config-exists" : "config-not-written",
      exists ? `${path} is there already, and is left as it is` : `${path}: ${messageOf(error)}`,
      {
        hint: exists
          ? "remove it first if you want a new one"
          : "run kernlane init in a folder of your own",
        cause: error,
      },
    );
  }
}
