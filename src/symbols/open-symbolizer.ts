/** Frames to source lines: which file a frame is in, at which address of it, and what a program of this host says of that. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { LaneError } from "../base/errors.js";
import type { Frame } from "../console/stack.js";
import { ReaderTrouble } from "./address-reader.js";
import { moduleSymbols, type Place } from "./module-symbols.js";
import { nameOf, openSymbolFile, type OpenSymbolFile, type TimedProgram } from "./symbol-file.js";
import { findSymbolizerProgram, type SymbolizerProgram } from "./symbolizer-program.js";
import type { ResolvedFrame, SourcePlace, Symbolizer, Symbols } from "./symbols.js";

/** Linux moves itself at its start by a multiple of this (x86-64's CONFIG_PHYSICAL_ALIGN at least, arm64's MIN_KIMG_ALIGN); FreeBSD does not. */
const SLIDE_BYTES = { linux: 0x20_0000n, freebsd: 0n } as const;

export interface SymbolizerOptions {
  /** Which program to ask; the best that this host has if absent. */
  readonly program?: SymbolizerProgram;
  /** How long one file's answers may take; 30 s if absent: the first one of a file of 500 MB on a slow disk takes some seconds. */
  readonly deadlineMs?: number;
}

/** A backtrace has 30 frames; all threads of a large guest have some thousands. */
const MAX_FRAMES = 10_000;
const TOO_MANY = { problem: `more than ${MAX_FRAMES} frames` };
const DEADLINE_MS = 30_000;

/**
 * @throws LaneError `symbolizer-missing` (host)
 * @example
 * await using symbolizer = await openSymbolizer(await findSymbols({ proof, kernel }));
 * const [first] = await symbolizer.resolve(report.frames);
 * first.places; // [{ function: "write_nowhere", file: "/src/linux/kernel/twq/faults.c", line: 41 }, { function: "fault_oops", … }]
 */
export async function openSymbolizer(
  symbols: Symbols,
  { program, deadlineMs = DEADLINE_MS }: SymbolizerOptions = {},
): Promise<Symbolizer> {
  const chosen = program ?? (await findSymbolizerProgram());
  const files = openedFiles({ ...chosen, deadlineMs });
  const modules = moduleSymbols(symbols, files.open);

  const locate = (frames: readonly Frame[]): readonly Place[] => {
    const places = new Map<Frame, Place>();
    const put = (some: readonly Frame[], found: readonly (Place | undefined)[]): void =>
      some.forEach((frame, index) => {
        const place = found[index];
        if (place !== undefined) places.set(frame, place);
      });
    const inKernel = frames.filter(({ module }) => module === undefined);
    put(inKernel, inKernelFile(symbols, inKernel, files.open));
    for (const name of new Set(frames.flatMap(({ module }) => module ?? []))) {
      const some = frames.filter(({ module }) => module === name);
      put(some, modules.inModule(name, some));
    }
    if (symbols.proof.family === "freebsd") {
      const rest = inKernel.filter((frame) => isElsewhere(places.get(frame)));
      put(rest, modules.inSomeModule(rest));
    }
    return frames.map((frame) => places.get(frame)!);
  };

  return {
    program: chosen.path,
    async resolve(frames) {
      const located = locate(frames.slice(0, MAX_FRAMES));
      const answers = await askAll(located);
      return frames.map((frame, index) =>
        resolved(frame, located[index] ?? TOO_MANY, answers, chosen),
      );
    },
    [Symbol.asyncDispose]: files.close,
  };
}

interface OpenedFiles {
  readonly open: (path: string) => OpenSymbolFile;
  readonly close: () => Promise<void>;
}

function openedFiles(program: TimedProgram): OpenedFiles {
  const files = new Map<string, OpenSymbolFile>();
  let scratch: string | undefined;
  const scratchFolder = (): string =>
    (scratch ??= mkdtempSync(join(tmpdir(), "kernlane-symbols-")));
  return {
    open: (path) => {
      const known = files.get(path);
      if (known !== undefined) return known;
      const opened = openSymbolFile(path, program, scratchFolder);
      files.set(path, opened);
      return opened;
    },
    close: async () => {
      await Promise.all([...files.values()].map((file) => file[Symbol.asyncDispose]()));
      files.clear();
      if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
    },
  };
}

function inKernelFile(
  { kernel, proof, passedOver }: Symbols,
  frames: readonly Frame[],
  open: (path: string) => OpenSymbolFile,
): readonly Place[] {
  if (kernel === undefined) {
    const why = passedOver[0] === undefined ? "" : `: ${passedOver[0]}`;
    return frames.map(() => ({ problem: `no symbols of the kernel were found${why}` }));
  }
  try {
    const file = open(kernel.path);
    return file.locate(frames, SLIDE_BYTES[proof.family]).map((at) => ({ file, at }));
  } catch (error) {
    if (!(error instanceof LaneError)) throw error;
    return frames.map(() => ({ problem: error.message }));
  }
}

function isElsewhere(place: Place | undefined): boolean {
  return place !== undefined && "at" in place && "isElsewhere" in place.at;
}

type Answer = readonly [
  OpenSymbolFile,
  ReadonlyMap<bigint, readonly SourcePlace[]> | ReaderTrouble,
];
type Answers = ReadonlyMap<Answer[0], Answer[1]>;

async function askAll(located: readonly Place[]): Promise<Answers> {
  const wanted = new Map<OpenSymbolFile, bigint[]>();
  for (const place of located) {
    if (!("at" in place) || "problem" in place.at) continue;
    wanted.set(place.file, [...(wanted.get(place.file) ?? []), place.at.address]);
  }
  const answers = [...wanted].map(async ([file, addresses]): Promise<Answer> => {
    try {
      return [file, await file.places(addresses)];
    } catch (error) {
      if (error instanceof ReaderTrouble) return [file, error];
      throw error;
    }
  });
  return new Map(await Promise.all(answers));
}

function resolved(
  frame: Frame,
  place: Place,
  answers: Answers,
  program: SymbolizerProgram,
): ResolvedFrame {
  if ("problem" in place) return { frame, places: [], problem: place.problem };
  if ("problem" in place.at) return { frame, places: [], problem: place.at.problem };
  const answer = answers.get(place.file);
  if (answer instanceof ReaderTrouble) return { frame, places: [], problem: answer.message };
  const places = answer?.get(place.at.address) ?? [];
  if (places.length === 0) {
    const at = `${nameOf(frame)}+0x${frame.offsetBytes!.toString(16)}`;
    const problem = `${program.kind} finds no line for ${at} in ${basename(place.file.path)}`;
    return { frame, places, problem };
  }
  return { frame, places: place.at.isWithin ? named(frame, places) : places };
}

/** The function itself is the one that the console names: programs take the name from the table of symbols, with suffixes and aliases. */
function named(frame: Frame, places: readonly SourcePlace[]): readonly SourcePlace[] {
  return [...places.slice(0, -1), { ...places.at(-1)!, function: frame.function }];
}
