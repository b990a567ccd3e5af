/**
 * What a person sees while a run goes on: on a terminal one line a column that changes in place, with the console's last
 * line at its end; elsewhere one plain line whenever something happens.
 */
import { createLogUpdate } from "log-update";
import { formatBytes, formatDuration } from "../base/units.js";
import { visible } from "../console/visible.js";
import type { Style } from "../report/style.js";
import type { KeepingEvent, LaneEvent } from "../run/events.js";
import type { RunPlan } from "../run/plan.js";
import type { LaneListener } from "../run/run-lane.js";

export interface Progress extends LaneListener {
  /** Leaves the last state on the screen. */
  done(): void;
}

type Output = NodeJS.WriteStream;

export function openProgress(output: Output, live: boolean, style: Style): Progress {
  return live ? liveProgress(output, style) : plainProgress(output);
}

function headLines(plan: RunPlan): readonly string[] {
  const { facts, request } = plan;
  const { accel, why } = facts.accel;
  const from = request.config === undefined ? "" : ` of ${request.config}`;
  return [
    `lane ${request.lane}${from} on ${facts.hypervisorVersion}, ${accel} (${why})`,
    ...plan.columns.map(
      ({ kernel, file }) => `${kernel}: ${file.path} (${file.origin}), ${file.identity.label}`,
    ),
  ];
}

/** What an event means to somebody who waits, or `undefined` if nothing. */
function sentenceOf(event: LaneEvent): string | undefined {
  switch (event.kind) {
    case "phase":
      return event.phase;
    case "dying":
      return `dying: ${visible(event.title)}`;
    case "deadline":
      return `${event.phase}: its ${formatDuration(event.budgetMs)} are spent`;
    case "autopsy":
      return `asked where it is (${event.how})`;
    case "keeping":
      return keepingOf(event);
    case "interrupted":
      return "interrupted";
    case "machine-ended":
      return `machine ${event.end.how}`;
    default:
      return undefined;
  }
}

function keepingOf({ what, doneBytes, ofBytes }: KeepingEvent): string {
  const words = what === "dump" ? "writing its memory" : "freezing it";
  const done = doneBytes === 0 ? "up to" : `${formatBytes(doneBytes)} of`;
  return `${words}: ${done} ${formatBytes(ofBytes)}`;
}

function plainProgress(output: Output): Progress {
  return {
    notice: (sentence) => output.write(`${sentence}\n`),
    planned: (plan) => headLines(plan).forEach((line) => output.write(`${line}\n`)),
    event: (kernel, event) => {
      const sentence = sentenceOf(event);
      if (sentence !== undefined)
        output.write(`${kernel}: ${formatDuration(event.atMs)}  ${sentence}\n`);
    },
    done: () => undefined,
  };
}

interface Shown {
  sentence: string;
  line: string;
  readonly startedMs: number;
  endedMs: number | undefined;
}

const FRAME_MS = 100;

function liveProgress(output: Output, style: Style): Progress {
  const update = createLogUpdate(output);
  const shown = new Map<string, Shown>();
  const timer = setInterval(draw, FRAME_MS);
  timer.unref();

  function draw(): void {
    if (shown.size > 0)
      update([...shown].map(([kernel, state]) => rowOf(kernel, state)).join("\n"));
  }

  function rowOf(kernel: string, { sentence, line, startedMs, endedMs }: Shown): string {
    const elapsed = formatDuration((endedMs ?? performance.now()) - startedMs);
    const head = `${kernel.padEnd(12)} ${elapsed.padStart(8)}  ${sentence.padEnd(10)}`;
    const room = Math.max(0, output.columns - head.length - 3);
    return `${head}  ${style.dim(visible(line).slice(0, room))}`;
  }

  return {
    notice: (sentence) => {
      // The rows are drawn again below it.
      update.clear();
      output.write(`${sentence}\n`);
    },
    planned: (plan) => headLines(plan).forEach((line) => output.write(`${line}\n`)),
    event: (kernel, event) => {
      const state = shown.get(kernel) ?? {
        sentence: "",
        line: "",
        startedMs: performance.now(),
        endedMs: undefined,
      };
      shown.set(kernel, state);
      state.sentence = sentenceOf(event) ?? state.sentence;
      if (event.kind === "machine-ended") [state.endedMs, state.line] = [performance.now(), ""];
    },
    line: (kernel, text) => {
      const state = shown.get(kernel);
      if (state && text.trim() !== "") state.line = text;
    },
    done: () => {
      clearInterval(timer);
      draw();
      update.done();
      if (shown.size > 0) output.write("\n");
    },
  };
}
