import { resolve } from "node:path";
import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { LaneError, messageOf, systemCodeOf } from "../base/errors.js";
import { print } from "./output.js";

export function initCommand(): Command {
  return new Command("init")
    .description("write a commented kernlane.config.ts into this folder")
    .action(init);
}

async function init(): Promise<void> {
  const { CONFIG_NAMES } = await import("../lane/find-config.js");
  const { configTemplate } = await import("./config-template.js");
  const path = resolve(CONFIG_NAMES[0]!);
  await writeNewFile(path, configTemplate);
  print(`wrote ${path}\nnext: kernlane plan, then kernlane run\n`);
}

/** @throws LaneError `config-exists`, `config-not-written` (usage) */
async function writeNewFile(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (cause) {
    if (systemCodeOf(cause) === "EEXIST")
      throw new LaneError("config-exists", `${path} exists already, and was not changed`, {
        cause,
      });
    throw new LaneError("config-not-written", `${path}: ${messageOf(cause)}`, { cause });
  }
}
