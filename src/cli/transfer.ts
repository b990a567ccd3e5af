/**
 * What a person sees while an image is fetched or read: on a terminal one line that changes in place, elsewhere a plain
 * line every ten seconds; and a line for each thing that happens.
 */
import { createLogUpdate } from "log-update";
import { formatBytes, formatDuration } from "../base/units.js";
import type { FetchEvent } from "../images/download.js";
import type { Progress } from "../images/progress.js";

export interface Transfer {
  readonly event: (event: FetchEvent) => void;
  /** Progress of reading what is here. */
  readonly reading: (progress: Progress) => void;
  /** Takes the changing line away; may be called again. */
  done(): void;
}

const PLAIN_INTERVAL_MS = 10_000;

export function openTransfer(output: NodeJS.WriteStream, live: boolean): Transfer {
  const { show, say, done } = live ? liveLine(output) : plainLines(output);
  return {
    event(event) {
      if (event.kind === "progress") show(progressText("fetched", event));
      else if (event.kind === "rereading") show(progressText("reread", event));
      else say(sentenceOf(event));
    },
    reading: (progress) => show(progressText("read", progress)),
    done,
  };
}

/** @example progressText("fetched", progress) // "fetched 312.0 MiB of 625.0 MiB (49 %), 11.2 MiB/s, 28.0 s left" */
export function progressText(verb: string, progress: Progress): string {
  const { doneBytes, totalBytes, bytesPerSecond, secondsLeft } = progress;
  const parts = [
    totalBytes === undefined
      ? `${verb} ${formatBytes(doneBytes)}`
      : `${verb} ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)} (${percent(doneBytes, totalBytes)} %)`,
    `${formatBytes(bytesPerSecond)}/s`,
    ...(secondsLeft === undefined ? [] : [`${formatDuration(secondsLeft * 1000)} left`]),
  ];
  return parts.join(", ");
}

/** Rounded down: 100 is said when all is here. */
function percent(doneBytes: number, totalBytes: number): number {
  return totalBytes === 0 ? 100 : Math.floor((100 * doneBytes) / totalBytes);
}

function sentenceOf(event: Exclude<FetchEvent, { kind: "progress" | "rereading" }>): string {
  switch (event.kind) {
    case "file":
      return event.doneBytes === 0
        ? event.url
        : `${event.url}, of which ${formatBytes(event.doneBytes)} are here`;
    case "started-again":
      return `the server began again; ${formatBytes(event.lostBytes)} that were here are of no use`;
    case "reconnecting":
      return `${event.reason}; trying again`;
    case "verified":
      return `its SHA-256 is right: ${event.sha256}`;
  }
}

interface Lines {
  readonly show: (line: string) => void;
  readonly say: (sentence: string) => void;
  readonly done: () => void;
}

function liveLine(output: NodeJS.WriteStream): Lines {
  const update = createLogUpdate(output);
  return {
    show: (line) => update(line),
    say: (sentence) => {
      update.clear();
      output.write(`${sentence}\n`);
    },
    done: () => {
      update.clear();
      update.done();
    },
  };
}

function plainLines(output: NodeJS.WriteStream): Lines {
  let shownMs = performance.now();
  return {
    show(line) {
      if (performance.now() - shownMs < PLAIN_INTERVAL_MS) return;
      shownMs = performance.now();
      output.write(`${line}\n`);
    },
    say: (sentence) => output.write(`${sentence}\n`),
    done: () => undefined,
  };
}
