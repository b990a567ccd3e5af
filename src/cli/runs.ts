/**
 * `kernlane runs`: the folders of runs and live guests that are kept. A run that is under way is never touched.
 */
import { resolve } from "node:path";
import { Command } from "commander";
import { print, printJson } from "./output.js";

interface Flags {
  readonly in?: string;
  readonly json?: boolean;
}

interface CleanFlags extends Flags {
  readonly olderThan?: string;
}

export function runsCommand(): Command {
  return new Command("runs")
    .description("list, show and remove the runs that are kept, those of live guests included")
    .addCommand(withFlags("list", "list the runs with their outcomes, ages and sizes").action(list))
    .addCommand(
      withFlags("show", "show one run and what its kernels did")
        .argument("<run>", "a run's name, or the path of its folder")
        .action(show),
    )
    .addCommand(
      withFlags("rm", "remove runs; one that is under way is refused")
        .argument("<runs...>", "names of runs, or paths of their folders")
        .action(remove),
    )
    .addCommand(
      withFlags("clean", "remove all runs that are over")
        .option("--older-than <duration>", "only those that began so long ago, such as 12h or 7d")
        .action(clean),
    );
}

function withFlags(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option("--in <dir>", "the folder that holds the runs (default: .kernlane/runs)")
    .option("--json", "print one JSON document on stdout");
}

async function list(flags: Flags): Promise<void> {
  const { listRuns } = await import("../run/kept-runs.js");
  const { formatRuns } = await import("../report/runs-text.js");
  const runs = await listRuns(await folderOf(flags));
  if (flags.json) printJson({ runs });
  else printLines(formatRuns(runs, Date.now()));
}

async function show(name: string, flags: Flags): Promise<void> {
  const { findRun } = await import("../run/kept-runs.js");
  const { formatRuns } = await import("../report/runs-text.js");
  const run = await findRun(await folderOf(flags), name);
  // One that is under way has no verdict yet.
  const record = run.heldBy === null ? await recordOf(run.path) : undefined;
  if (flags.json) {
    printJson({ run, record: record ?? null });
    return;
  }
  printLines(formatRuns([run], Date.now()).slice(0, 2));
  if (record === undefined) return;
  const { formatRun } = await import("../report/terminal.js");
  const { styleFor, wantsColours } = await import("../report/style.js");
  print(`\n${formatRun(record, styleFor(wantsColours(process.stdout)), process.cwd(), run)}`);
}

/** Judged from its events; of a run that has not come so far there is none. */
async function recordOf(path: string) {
  const { LaneError } = await import("../base/errors.js");
  const { judgeFolder } = await import("../run/judge-folder.js");
  try {
    return judgeFolder(path);
  } catch (error) {
    if (error instanceof LaneError) return undefined;
    throw error;
  }
}

async function remove(names: readonly string[], flags: Flags): Promise<void> {
  const { findRun } = await import("../run/kept-runs.js");
  const { removeRun } = await import("../host/run-folder.js");
  const { formatBytes } = await import("../base/units.js");
  const folder = await folderOf(flags);
  const runs = [];
  for (const name of names) runs.push(await findRun(folder, name));
  for (const run of runs) {
    const isGone = await removeRun(run.path);
    if (flags.json) continue;
    print(
      isGone
        ? `removed ${run.name}: ${formatBytes(run.sizeBytes)} freed\n`
        : `removed the run in ${run.path}; the files there that are not a run's are left\n`,
    );
  }
  if (flags.json) printJson({ removed: runs });
}

async function clean(flags: CleanFlags): Promise<void> {
  const { cleanRuns } = await import("../run/kept-runs.js");
  const { formatBytes, parseDurationMs } = await import("../base/units.js");
  const ageMs =
    flags.olderThan === undefined
      ? 0
      : parseDurationMs(flags.olderThan, "--older-than", LONGEST_AGE_HOURS);
  // A run that ends in this very moment began before it.
  const { removed, left } = await cleanRuns(await folderOf(flags), Date.now() + 1 - ageMs);
  if (flags.json) {
    printJson({ removed, left });
    return;
  }
  const freedBytes = removed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  print(`removed ${removed.length} runs: ${formatBytes(freedBytes)} freed\n`);
  for (const { name, heldBy } of left) print(`left ${name}: it runs (${heldBy ?? "now"})\n`);
}

/** Ten years. */
const LONGEST_AGE_HOURS = 10 * 365 * 24;

async function folderOf(flags: Flags): Promise<string> {
  const { defaultRunsFolder } = await import("../host/paths.js");
  return flags.in === undefined ? defaultRunsFolder() : resolve(flags.in);
}

function printLines(lines: readonly string[]): void {
  print(lines.map((line) => `${line}\n`).join(""));
}
