/**
 * `kernlane crashes`: the deaths and findings of all runs, counted by title.
 */
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Command } from "commander";
import { visible } from "../console/visible.js";
import { print, printJson } from "./output.js";

interface Flags {
  readonly in?: string;
  readonly json?: boolean;
}

export function crashesCommand(): Command {
  return new Command("crashes")
    .description("list, show and remove the crashes that were seen, counted by title")
    .addCommand(
      withFlags(
        "list",
        "list the crashes with how often they were seen, and on which kernels",
      ).action(list),
    )
    .addCommand(
      withFlags("show", "show one crash: its counts, its runs and the best report of it")
        .argument("<crash>", "a crash's id, the first digits of it, or its title")
        .action(show),
    )
    .addCommand(
      withFlags("rm", "remove crashes and their counts; the runs stay")
        .argument("<crashes...>", "ids of crashes, their first digits, or titles")
        .action(remove),
    );
}

function withFlags(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option("--in <dir>", "the folder that holds the crashes (default: .kernlane/crashes)")
    .option("--json", "print one JSON document on stdout");
}

async function list(flags: Flags): Promise<void> {
  const { listCrashes } = await import("../crashes/store.js");
  const { formatCrashes } = await import("../report/crashes-text.js");
  const kept = listCrashes(await folderOf(flags));
  if (flags.json) printJson(kept);
  else printLines(formatCrashes(kept, Date.now()));
}

async function show(name: string, flags: Flags): Promise<void> {
  const { findCrash } = await import("../crashes/store.js");
  const { formatCrash } = await import("../report/crashes-text.js");
  const folder = await folderOf(flags);
  const crash = findCrash(folder, name);
  if (flags.json) printJson({ crash });
  else printLines(formatCrash(crash, dirname(folder), existsSync));
}

async function remove(names: readonly string[], flags: Flags): Promise<void> {
  const { findCrash, removeCrash } = await import("../crashes/store.js");
  const folder = await folderOf(flags);
  // All are looked up before one is removed.
  const crashes = names.map((name) => findCrash(folder, name));
  for (const { id, title } of crashes) {
    const isGone = await removeCrash(folder, id);
    if (flags.json) continue;
    const left = isGone ? "" : "; the files in its folder that are not kernlane's are left";
    print(`removed ${id}: ${visible(title)}${left}\n`);
  }
  if (flags.json) printJson({ removed: crashes });
}

async function folderOf(flags: Flags): Promise<string> {
  const { defaultCrashesFolder } = await import("../host/paths.js");
  return flags.in === undefined ? defaultCrashesFolder() : resolve(flags.in);
}

function printLines(lines: readonly string[]): void {
  print(lines.map((line) => `${line}\n`).join(""));
}
