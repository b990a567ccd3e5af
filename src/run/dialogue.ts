/**
 * What a kernel's debugger is asked, one command after another, and its answers. Pure: `last-minute.ts` says when the
 * debugger waits at its prompt, and when it took too long.
 *
 * Between a command and its answer stands its echo, which is not a part of either.
 */
import type { AnswerEvent } from "./events.js";

export type DebuggerName = "ddb" | "kdb";

interface DebuggerFacts {
  /** What stands on the line of a debugger that waits. */
  readonly prompt: RegExp;
  /** Typed first, so that an answer comes whole: its answers are not kept. */
  readonly setup: readonly string[];
  /** Where the pager waits, at the end of what came last. */
  readonly pager: RegExp;
  /** Ends the output at the pager. */
  readonly pagerQuit: string;
}

/** More lines than these of one answer are cut off by the debugger's own pager. */
const PAGE_LINES = 4_000;

/** Sources: FreeBSD's sys/ddb/db_output.c, db_variables.c and ddb(4); Linux' kernel/debug/kdb/kdb_io.c, kdb_bt.c. */
const debuggers: Readonly<Record<DebuggerName, DebuggerFacts>> = {
  ddb: {
    // What the pager wrote over stands behind it.
    prompt: /^db> +$/,
    // Decimal with 0t: ddb reads hexadecimal.
    setup: [`set $lines=0t${PAGE_LINES}`],
    pager: /--More--\r$/,
    pagerQuit: "q",
  },
  kdb: {
    prompt: /^(?:\[\d{1,4}\])?kdb> +$/,
    // A number of lines below 2 would be taken for 24.
    setup: [`set LINES ${PAGE_LINES}`, "set BTAPROMPT 0"],
    pager: /(?:more> |Enter <q> to end, <cr> or <space> to continue:)$/,
    pagerQuit: "q",
  },
};

/** What is kept of one answer. */
const MAX_ANSWER_LINES = 5_000;
const MAX_ANSWER_LENGTH = 512 * 1024;
/** As long as what the pagers print when they wait. */
const RECENT_BYTES = 64;

export interface Dialogue {
  /** Whether a command is being answered: what comes is its answer, and nothing that the kernel reports by itself. */
  readonly isAsking: boolean;
  /** Whether the line is one of a debugger that waits. */
  isPrompt(line: string): boolean;
  /** The debugger waits: the answer that is whole now, and what is to be typed next, if anything is. */
  prompt(): DialogueStep;
  /** A line of the console. */
  line(text: string): void;
  /** Bytes of the console as they came. @returns what is to be typed at the pager */
  bytes(chunk: Uint8Array): string | undefined;
  /** The debugger does not come back to its prompt. @returns what there is of its answer */
  giveUp(why: "silence" | "time"): AnswerEvent | undefined;
}

export interface DialogueStep {
  readonly answer?: AnswerEvent;
  /** Without its line end. */
  readonly type?: string;
}

export function openDialogue(name: DebuggerName, commands: readonly string[]): Dialogue {
  const { prompt, setup, pager, pagerQuit } = debuggers[name];
  const questions = commands.length === 0 ? [] : [...setup, ...commands];
  let next = 0;
  let lines: string[] | undefined;
  let length = 0;
  let isCut = false;
  let recent = "";

  /** The echo is the first line: what was typed, behind the prompt. */
  const withoutEcho = (found: readonly string[], question: string): readonly string[] =>
    found[0]?.endsWith(question) === true ? found.slice(1) : found;

  const take = (ended: AnswerEvent["ended"]): AnswerEvent | undefined => {
    const question = questions[next - 1];
    const found = lines;
    lines = undefined;
    if (question === undefined || found === undefined || next <= setup.length) return undefined;
    return {
      kind: "answer",
      from: name,
      question,
      lines: withoutEcho(found, question),
      ended: isCut ? "size" : ended,
    };
  };

  return {
    get isAsking() {
      return lines !== undefined;
    },
    isPrompt: (line) => prompt.test(line),
    prompt() {
      const answer = take("prompt");
      const type = questions[next];
      if (type !== undefined) {
        next += 1;
        [lines, length, isCut, recent] = [[], 0, false, ""];
      }
      return { ...(answer && { answer }), ...(type === undefined ? {} : { type }) };
    },
    line(text) {
      if (lines === undefined) return;
      length += text.length + 1;
      if (lines.length < MAX_ANSWER_LINES && length <= MAX_ANSWER_LENGTH)
        lines.push(text.trimEnd());
      else isCut = true;
    },
    bytes(chunk) {
      if (lines === undefined) return undefined;
      recent = (recent + Buffer.from(chunk).toString("latin1")).slice(-RECENT_BYTES);
      if (!pager.test(recent)) return undefined;
      [isCut, recent] = [true, ""];
      return pagerQuit;
    },
    giveUp: (why) => take(why),
  };
}
