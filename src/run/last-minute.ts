/**
 * The end of a machine whose kernel is dying or hung: the one place that ends it, after the last acts, in this order.
 *
 * 1. a hung kernel is asked where it is: Linux by sysrq, all by a non-maskable interrupt;
 * 2. what it still says is listened to, until it is silent;
 * 3. where its debugger waits, that is asked the lane's commands;
 * 4. what the lane wants to keep of the machine is kept (`scene`);
 * 5. the machine is stopped.
 *
 * Each has its bound, and none that fails keeps the machine alive.
 */
import type { GuestFamily } from "../base/family.js";
import { startFairTimer, type FairTimer } from "../host/fair-timer.js";
import type { Machine, MachineSpec } from "../machine/machine.js";
import { openDialogue, type Dialogue, type DebuggerName } from "./dialogue.js";
import { openDyingGrace } from "./dying-grace.js";
import type { LaneHappening } from "./events.js";
import { openSysrq } from "./sysrq.js";

/** A prompt that nothing comes behind for so long is one that waits. */
const PROMPT_SETTLES_MS = 150;
/** How long a debugger may say nothing before it counts as gone. */
const ANSWER_SILENCE_MS = 5_000;
/** How long one answer may take. */
const ANSWER_LIMIT_MS = 60_000;

/**
 * How long a kernel may take to answer an interrupt with its first word. Before it prints, Linux waits for its other processors to stop,
 * which those that hang do not: a second as the kernel counts it, and that is many where nothing but an emulator counts.
 */
const NMI_ANSWERS_MS = { emulated: 20_000, real: 3_000 };

export interface LastMinuteParts {
  readonly machine: Machine;
  readonly guest: GuestFamily;
  /** Whether processors are emulated, and how many there are. */
  readonly spec: Pick<MachineSpec, "accel" | "cpus">;
  /** What the debugger is asked. */
  readonly commands: readonly string[];
  readonly emit: (happening: LaneHappening) => void;
  /** Types on the console. */
  readonly type: (text: string) => void;
  /** What stands on the console's unfinished line. */
  readonly unfinished: () => string;
  /** Nothing was heard for a while. */
  readonly quiet: () => void;
  /** Whether the kernel writes a dump, see `dump-progress.ts`: then silence is no end. Default: it does not. */
  readonly dumpGoesOn?: (() => boolean) | undefined;
  /** Keeps what the lane wants of the machine, within its own bounds. */
  readonly scene: () => Promise<void>;
  /** An act failed. */
  readonly failed: (error: unknown) => void;
}

export interface LastMinute {
  readonly begun: boolean;
  /** Whether a debugger is answering, so that what comes is no report of the kernel's own. */
  readonly isAsking: boolean;
  /** The kernel does not go on. */
  dying(): void;
  /** The kernel does not come on: it is asked where it is. */
  hung(): void;
  /** The kernel seems to have entered its debugger, which waits at a prompt or will. */
  debugged(name: DebuggerName): void;
  /** Bytes came from the console; said before what they mean. */
  heard(): void;
  line(text: string): void;
  /** The machine is gone. Settles when the acts that went on have ended. */
  gone(): Promise<void>;
}

export function openLastMinute(parts: LastMinuteParts): LastMinute {
  const { machine, emit, type, dumpGoesOn = () => false } = parts;
  let acts: Promise<void> | undefined;
  let isGone = false;
  let dialogue: Dialogue | undefined;
  let silenceOver = (): void => undefined;
  let dialogueOver = (): void => undefined;
  let wordCame = (): void => undefined;
  let late: FairTimer | undefined;
  const { sendBreak } = machine;
  const sysrq = parts.guest === "linux" && sendBreak ? openSysrq({ sendBreak, type }) : undefined;
  const grace = openDyingGrace({ quiet: parts.quiet, over: () => silenceOver(), dumpGoesOn });
  const settle = startFairTimer(PROMPT_SETTLES_MS, () => promptWaits());
  const patience = startFairTimer(ANSWER_SILENCE_MS, () => {
    if (dumpGoesOn()) patience.restart();
    else giveUp("silence");
  });
  const limit = startFairTimer(ANSWER_LIMIT_MS, () => {
    const answer = dumpGoesOn() ? "dumping" : dialogue?.late();
    if (answer === undefined) giveUp("time");
    else limit.restart();
    if (typeof answer === "object") emit(answer);
  });
  const timers = [settle, patience, limit];
  for (const timer of timers) timer.stop();

  function promptWaits(): void {
    if (acts === undefined || dialogue === undefined) return;
    const line = parts.unfinished();
    const key = dialogue.pagerKey(line);
    if (key !== undefined) type(key);
    if (!dialogue.isPrompt(line)) return;
    const { answer, type: command } = dialogue.prompt();
    if (answer) emit(answer);
    if (command === undefined) {
      endDialogue();
      return;
    }
    type(`${command}\r`);
    patience.restart();
    limit.restart();
    silenceOver();
  }

  function giveUp(why: "silence" | "time"): void {
    const answer = dialogue?.giveUp(why);
    if (answer) emit(answer);
    endDialogue();
  }

  function endDialogue(): void {
    for (const timer of timers) timer.stop();
    silenceOver();
    dialogueOver();
  }

  async function end(ask: () => Promise<void>): Promise<void> {
    const dialogueDone = new Promise<void>((resolve) => (dialogueOver = resolve));
    const silent = new Promise<void>((resolve) => (silenceOver = resolve));
    try {
      await ask();
      if (!isGone) grace.begin();
      await silent;
      if (dialogue?.isAsking === true) await dialogueDone;
      if (!isGone) await parts.scene();
    } catch (error) {
      parts.failed(error);
    } finally {
      await machine.stop();
    }
  }

  async function askWhereItIs(): Promise<void> {
    await sysrq?.ask();
    if (isGone) return;
    emit({ kind: "autopsy", how: "non-maskable interrupt" });
    // A machine that is gone or does not take the interrupt is ended all the same.
    await machine.injectNmi().catch(() => undefined);
    if (parts.spec.cpus > 1) await firstWord();
  }

  async function firstWord(): Promise<void> {
    const ms = NMI_ANSWERS_MS[parts.spec.accel === "tcg" ? "emulated" : "real"];
    await new Promise<void>((resolve) => {
      wordCame = resolve;
      late = startFairTimer(ms, resolve);
    });
    late?.stop();
  }

  return {
    get begun() {
      return acts !== undefined;
    },
    get isAsking() {
      return dialogue?.isAsking === true;
    },
    dying() {
      acts ??= end(() => Promise.resolve());
    },
    hung() {
      acts ??= end(askWhereItIs);
    },
    debugged(name) {
      sysrq?.stop();
      dialogue ??= openDialogue(name, parts.commands);
      settle.restart();
    },
    heard() {
      grace.heard();
      wordCame();
      if (dialogue === undefined) return;
      settle.restart();
      if (dialogue.isAsking) patience.restart();
    },
    line(text) {
      dialogue?.line(text);
      sysrq?.line(text);
    },
    gone() {
      isGone = true;
      sysrq?.stop();
      wordCame();
      giveUp("silence");
      grace.stop();
      return acts ?? Promise.resolve();
    },
  };
}
