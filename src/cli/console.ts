import { createReadStream, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Argument, Command } from "commander";
import { LaneError } from "../base/errors.js";
import type { LaneBootListener } from "../run/boot-lane.js";
import type { RunConsole } from "../run/find-run-console.js";
import { catchInterrupts, interruption } from "./interrupts.js";
import {
  accelOption,
  addGuestFlags,
  hypervisorOption,
  optionsFrom,
  parseCount,
  type RunFlags,
} from "./options.js";
import { note, noteEnd, printChunks } from "./output.js";
import { refuseOthers } from "./unused-options.js";

interface Flags extends RunFlags {
  readonly readOnly?: boolean;
}

const EXAMPLES = `
  kernlane console .kernlane/runs/RUN        the console of a run in progress, from its beginning; the log of one that is over
  kernlane console twq --image IMAGE         boot the lane's kernel and log in; the image is not written

Ctrl-] leaves the console. A run goes on; a guest that was booted for the console ends.
`;

export function consoleCommand(): Command {
  const target = new Argument(
    "[run|lane]",
    "the folder of a run or of one of its columns, or a lane whose one kernel is booted",
  );
  return addGuestFlags(new Command("console"), target)
    .description("attach this terminal to a guest's console")
    .option("--read-only", "watch, and type nothing; of a run, several may watch and one may type")
    .addOption(hypervisorOption())
    .addOption(accelOption())
    .option("--cpus <n>", "virtual cpus of the guest that is booted", parseCount)
    .option("--memory <size>", "its memory, such as 512M or 2G")
    .addHelpText("after", EXAMPLES)
    .action(openConsole);
}

/** Status 0 for whoever left with the escape key and for a guest that powered off; else that of `kernlane boot`. */
async function openConsole(
  target: string | undefined,
  flags: Flags,
  command: Command,
): Promise<void> {
  const { findRunConsole, isRunFolder } = await import("../run/find-run-console.js");
  // A folder that happens to be called as a lane is no run.
  if (target === undefined || !(isRunFolder(target) || target.includes("/")))
    return bootForPerson(target, flags);
  if (!isRunFolder(target)) throw notARun(target);
  refuseOthers(command, ["readOnly"], "on the console of a run", "its guest is booted already");
  await visitRun(findRunConsole(target), flags.readOnly === true);
}

async function visitRun(run: RunConsole, readOnly: boolean): Promise<void> {
  const { attach, ESCAPE_KEY_NAME } = await import("./attach.js");
  const { visitConsole } = await import("../host/console-visit.js");
  const { folder, kernel, socket } = run;
  const visited = socket === undefined ? undefined : await visitConsole(socket, !readOnly);
  if (visited === "busy") throw twoWriters(folder);
  if (visited === undefined) return printLog(run);
  using interrupts = catchInterrupts();
  note(
    `console of ${kernel}${readOnly ? ", read-only" : ""}; ${ESCAPE_KEY_NAME} leaves it, and the run goes on`,
  );
  const left = await attach({
    console: visited,
    write: !readOnly,
    title: `${kernel} — kernlane console`,
    signal: interrupts.signal,
  });
  visited.destroy();
  note(
    left ? "left; the run goes on" : `the guest has ended; its verdict: kernlane judge ${folder}`,
  );
  process.exitCode = interruption()?.status ?? 0;
}

/** On a terminal line by line, with what would steer it made visible; elsewhere the bytes as they are. */
async function printLog({ folder, kernel }: RunConsole): Promise<void> {
  const { visible } = await import("../console/visible.js");
  const { openConsoleText } = await import("../console/console-text.js");
  const { judgeFolder } = await import("../run/judge-folder.js");
  const { files, verdict, title } = judgeFolder(folder).columns[0]!;
  const log = resolve(folder, files.console);
  if (existsSync(log)) {
    const text = process.stdout.isTTY ? openConsoleText() : undefined;
    await printChunks(linesOf(createReadStream(log), text));
  }
  note(
    existsSync(join(folder, "record.json"))
      ? `the run is over: ${kernel} ${verdict ?? "error"}, ${visible(title)}`
      : "no guest offers this console: the run has not started it yet, or was killed",
  );
}

interface Lines {
  push(bytes: Uint8Array): string;
  end(): string;
}

async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  text: Lines | undefined,
): AsyncGenerator<string | Uint8Array> {
  for await (const chunk of chunks) yield text ? text.push(chunk) : chunk;
  if (text) yield text.end();
}

async function bootForPerson(lane: string | undefined, flags: Flags): Promise<void> {
  const { attach, ESCAPE_KEY_NAME } = await import("./attach.js");
  const { namedLaneFrom } = await import("./request-from.js");
  const { resolveOneKernel } = await import("../lane/request.js");
  const { bootLane } = await import("../run/boot-lane.js");
  const named = await namedLaneFrom(lane, flags);
  const { readOnly = false, ...rest } = flags;
  const request = resolveOneKernel(named, optionsFrom(rest), "interactive");
  using interrupts = catchInterrupts();
  const { signal } = interrupts;
  const person = { left: false };
  const listener: LaneBootListener = {
    notice: note,
    planned: ({ kernel, file }) => {
      note(`${kernel}: ${file.path} (${file.origin}), ${file.identity.label}`);
      note(`${ESCAPE_KEY_NAME} ends the guest`);
    },
    running: async (machine) => {
      const title = `${named.name} — kernlane console`;
      person.left = await attach({ console: machine.console, write: !readOnly, title, signal });
      machine.console.resume();
      if (!person.left) await machine.ended;
    },
  };
  const end = await bootLane(request, listener, signal);
  const { left } = person;
  if (left) note("left; the guest was ended");
  else noteEnd(end);
  process.exitCode = interruption()?.status ?? (left || end.how === "powered-off" ? 0 : 1);
}

function twoWriters(folder: string): LaneError {
  return new LaneError(
    "console-two-writers",
    `somebody else is typing at the console of ${folder}`,
    { facts: { folder } },
  );
}

function notARun(path: string): LaneError {
  return new LaneError("console-of-nothing", `${path} is not the folder of a run or of a column`, {
    facts: { path },
  });
}
