/**
 * `kernlane run --watch`: a run, and another one whenever something of it changes. The newest change wins: a guest that
 * still runs is stopped, but not before what changed makes a run: a kernel that is half written stops nothing.
 *
 * Status: 130 when Ctrl-C stopped a guest, else that of the last run.
 */
import { relative } from "node:path";
import { watchFiles, type FileWatch } from "../host/file-watch.js";
import { styleFor, wantsColours, type Style } from "../report/style.js";
import { formatRun } from "../report/terminal.js";
import type { RunPlan } from "../run/plan.js";
import type { RunRecord } from "../run/record.js";
import { planLane, runPlan } from "../run/run-lane.js";
import { watchedFiles } from "../lane/watched-files.js";
import { exitStatusOf } from "./exit-status.js";
import { catchInterrupts, interruption } from "./interrupts.js";
import type { RunFlags } from "./options.js";
import { isScreen, print, whenReaderLeaves } from "./output.js";
import { printError } from "./print-error.js";
import { openProgress } from "./progress.js";
import { requestFrom } from "./request-from.js";

const ERROR_OPTIONS = { json: false, debug: false };

export async function watchLane(lane: string | undefined, flags: RunFlags): Promise<void> {
  const style = styleFor(wantsColours(process.stdout));
  using files = watchFiles();
  let round: Round | undefined;
  let last: RunRecord | undefined;
  let watched: readonly string[] = [];
  let changed: readonly string[] = [];
  const say = (sentence: string): void => {
    if (round?.isRunning) round.notice(sentence);
    else print(`${sentence}\n`);
  };
  using interrupts = catchInterrupts(() => say("\nending; once more to leave at once"));
  const signal = AbortSignal.any([interrupts.signal, whenReaderLeaves()]);

  do {
    const next = await planNext(lane, flags, files, watched, signal);
    watched = next.watched;
    if (next.plan) {
      await endRound(round);
      if (signal.aborted) break;
      say(headLine(changed, style));
      round = startRound(next.plan, style, last, (record) => {
        last = record;
        say(style.dim(`watching ${namesOf(watched)}; Ctrl-C ends`));
      });
    } else if (!signal.aborted) {
      if (round?.isRunning) say("no run can be made of what changed; the one in progress goes on");
      printError(next.error, ERROR_OPTIONS);
      if (!round?.isRunning) say(`waiting for a change in ${namesOf(watched)}`);
    }
    changed = await files.changed(signal);
    if (round?.isRunning && changed.length > 0) say(`changed: ${namesOf(changed)}`);
  } while (!signal.aborted);
  const wasRunning = await endRound(round);
  process.exitCode = wasRunning || !last ? interruption()?.status : exitStatusOf(last);
}

interface NextRun {
  readonly watched: readonly string[];
  /** Absent when the files as they are make no run. */
  readonly plan?: RunPlan;
  readonly error?: unknown;
}

/**
 * Everything that a run needs, planned from the files as they are now.
 *
 * @throws what is wrong when there is no file whose change could mend it
 */
async function planNext(
  lane: string | undefined,
  flags: RunFlags,
  files: FileWatch,
  before: readonly string[],
  signal: AbortSignal,
): Promise<NextRun> {
  const found = new Set<string>();
  const follow = (path: string): void => {
    found.add(path);
    files.follow([...before, ...found]);
  };
  const notice = (sentence: string): void => print(`${sentence}\n`);
  try {
    const request = await requestFrom(lane, flags, follow);
    for (const path of watchedFiles(request)) follow(path);
    const plan = await planLane(request, { signal, listener: { notice } });
    files.follow([...found]);
    return { watched: [...found], plan };
  } catch (error) {
    const watched = [...new Set([...before, ...found])];
    if (watched.length === 0) throw error;
    return { watched, error };
  }
}

/** One run, which goes on while the next change is waited for. */
interface Round {
  readonly isRunning: boolean;
  readonly stop: AbortController;
  readonly over: Promise<void>;
  readonly notice: (sentence: string) => void;
}

function startRound(
  plan: RunPlan,
  style: Style,
  before: RunRecord | undefined,
  finished: (record: RunRecord) => void,
): Round {
  const stop = new AbortController();
  const isLive = isScreen(process.stdout);
  const progress = openProgress(process.stdout, isLive, style);
  let isRunning = true;
  const run = async (): Promise<void> => {
    try {
      const record = await runPlan(plan, { listener: progress, signal: stop.signal });
      isRunning = false;
      progress.done();
      if (record.interrupted) return;
      print(`\n${formatRun(record, style, process.cwd(), before ? { before } : {})}`);
      finished(record);
    } catch (error) {
      isRunning = false;
      progress.done();
      printError(error, ERROR_OPTIONS);
    }
  };
  return {
    get isRunning() {
      return isRunning;
    },
    stop,
    over: run(),
    notice: (sentence) => progress.notice?.(sentence),
  };
}

/** @returns whether it had to be stopped */
async function endRound(round: Round | undefined): Promise<boolean> {
  const wasRunning = round?.isRunning === true;
  if (wasRunning) round.stop.abort();
  await round?.over;
  return wasRunning;
}

function headLine(changed: readonly string[], style: Style): string {
  const time = new Date().toTimeString().slice(0, 8);
  return style.bold(`\n── ${time}  ${changed.length === 0 ? "first run" : namesOf(changed)}`);
}

const SHOWN_NAMES = 4;

function namesOf(paths: readonly string[]): string {
  const shown = paths.slice(0, SHOWN_NAMES).map(shortName).join(", ");
  return paths.length > SHOWN_NAMES ? `${shown} and ${paths.length - SHOWN_NAMES} more` : shown;
}

function shortName(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}
