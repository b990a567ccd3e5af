/**
 * What `kernlane console` does, apart from its command line: loaded only when it is asked for.
 *
 * Status 0 for whoever left with the escape key and for a guest that powered off; else that of `kernlane boot`.
 */
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { LaneError } from "../base/errors.js";
import { openConsoleText } from "../console/console-text.js";
import { visible } from "../console/visible.js";
import { visitConsole } from "../host/console-visit.js";
import { bootLane } from "../run/boot-lane.js";
import { findRunConsole, isRunFolder, type RunConsole } from "../run/find-run-console.js";
import { judgeFolder } from "../run/judge-folder.js";
import { resolveOneKernel } from "../lane/request.js";
import { attach, ESCAPE_KEY_NAME } from "./attach.js";
import type { ConsoleFlags } from "./console.js";
import { INTERRUPTED_STATUS } from "./exit-status.js";
import { catchInterrupts } from "./interrupts.js";
import { optionsFrom } from "./options.js";
import { writeOut } from "./output.js";
import { namedLaneFrom } from "./request-from.js";

export async function openConsole(target: string | undefined, flags: ConsoleFlags): Promise<void> {
  if (target !== undefined && isRunFolder(target)) {
    await visitRun(findRunConsole(target), flags.readOnly === true);
  } else if (target !== undefined && existsSync(target)) throw notARun(target);
  else await bootForPerson(target, flags);
}

async function visitRun(run: RunConsole, readOnly: boolean): Promise<void> {
  const { folder, kernel, socket } = run;
  const visited = socket === undefined ? undefined : await visitConsole(socket, !readOnly);
  if (visited === "busy") throw twoWriters(folder);
  if (visited === undefined) return showLog(run);
  using interrupts = catchInterrupts(() => undefined);
  tell(
    `console of ${kernel}${readOnly ? ", read-only" : ""}; ${ESCAPE_KEY_NAME} leaves it, and the run goes on`,
  );
  const left = await attach({
    console: visited,
    write: !readOnly,
    title: `${kernel} — kernlane console`,
    signal: interrupts.signal,
  });
  visited.destroy();
  tell(
    left ? "left; the run goes on" : `the guest has ended; its verdict: kernlane judge ${folder}`,
  );
  if (interrupts.signal.aborted) process.exitCode = INTERRUPTED_STATUS;
}

/** On a terminal line by line, with what would steer it made visible; elsewhere the bytes as they are. */
async function showLog({ folder, kernel }: RunConsole): Promise<void> {
  const { columns } = judgeFolder(folder);
  const { files, verdict, title } = columns[0]!;
  if (existsSync(files.console)) {
    const chunks = chunksOf(files.console);
    await writeOut(process.stdout.isTTY ? shown(chunks) : chunks);
  }
  const isOver = existsSync(join(folder, "record.json"));
  tell(
    isOver
      ? `the run is over: ${kernel} ${verdict ?? "error"}, ${visible(title)}`
      : "no guest offers this console: the run has not started it yet, or was killed",
  );
}

function* shown(chunks: Iterable<Uint8Array>): Generator<string> {
  const text = openConsoleText();
  for (const chunk of chunks) yield text.push(chunk);
  yield text.end();
}

function* chunksOf(path: string): Generator<Uint8Array> {
  const file = openSync(path, "r");
  try {
    for (;;) {
      const chunk = Buffer.alloc(64 * 1024);
      const length = readSync(file, chunk);
      if (length === 0) return;
      yield chunk.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}

async function bootForPerson(lane: string | undefined, flags: ConsoleFlags): Promise<void> {
  const named = await namedLaneFrom(lane, flags);
  const { readOnly = false, ...rest } = flags;
  const request = resolveOneKernel(named, optionsFrom(rest), "interactive");
  using interrupts = catchInterrupts(() => undefined);
  const person = { left: false };
  const end = await bootLane(request, {
    notice: tell,
    planned: ({ kernel, file }) => {
      tell(`${kernel}: ${file.path} (${file.origin}), ${file.identity.label}`);
      tell(`${ESCAPE_KEY_NAME} ends the guest`);
    },
    running: async (machine) => {
      const title = `${named.name} — kernlane console`;
      const { signal } = interrupts;
      person.left = await attach({ console: machine.console, write: !readOnly, title, signal });
      machine.console.resume();
      if (!person.left) await machine.ended;
    },
  });
  const { left } = person;
  tell(left ? "left; the guest was ended" : `machine ${end.how}: ${end.detail}`);
  if (interrupts.signal.aborted) process.exitCode = INTERRUPTED_STATUS;
  else process.exitCode = left || end.how === "powered-off" ? 0 : 1;
}

function tell(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

function twoWriters(folder: string): LaneError {
  return new LaneError(
    "console-two-writers",
    `somebody else is typing at the console of ${folder}: two writers on one channel`,
    { facts: { folder } },
  );
}

function notARun(path: string): LaneError {
  return new LaneError(
    "console-of-nothing",
    `${path} is no folder of a run: it holds no events.jsonl, nor does a folder in it`,
    { facts: { path } },
  );
}
