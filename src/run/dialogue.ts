/**
 * What a kernel's debugger is asked, one command after another, and its answers. Pure: `last-minute.ts` says when the
 * debugger waits at its prompt, and when it took too long.
 *
 * Between a command and its answer stands its echo, which is not a part of either.
 */
import { openAnswer, type OpenAnswer } from "./answer.js";
import type { AnswerEvent } from "./events.js";

export type DebuggerName = "ddb" | "kdb";

interface DebuggerFacts {
  /** What stands on the line of a debugger that waits. */
  readonly prompt: RegExp;
  /** Typed first, so that an answer comes whole: its answers are not kept. */
  readonly setup: readonly string[];
  /** What stands on the line where its pager waits. */
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
    pager: /^--More--$/,
    pagerQuit: "q",
  },
  kdb: {
    prompt: /^(?:\[\d{1,4}\])?kdb> +$/,
    // A number of lines below 2 would be taken for 24.
    setup: [`set LINES ${PAGE_LINES}`, "set BTAPROMPT 0"],
    pager: /^(?:more> +|Enter <q> to end, <cr> or <space> to continue:)$/,
    pagerQuit: "q",
  },
};

export interface Dialogue {
  /** Whether a command is being answered: what comes is its answer, and nothing that the kernel reports by itself. */
  readonly isAsking: boolean;
  /** Whether the line is one of a debugger that waits. */
  isPrompt(line: string): boolean;
  /** The debugger waits: the answer that is whole now, and what is to be typed next, if anything is. */
  prompt(): DialogueStep;
  /** A line of the console. */
  line(text: string): void;
  /** What is to be typed where the line is that of its pager, which may also wait before its first prompt. */
  pagerKey(line: string): string | undefined;
  /**
   * An answer takes too long. What comes of it until the prompt is passed over, so that the next command is asked all the same.
   *
   * @returns what there is of it; `undefined` where nothing is to be asked behind it, or it was late already
   */
  late(): AnswerEvent | undefined;
  /** The debugger does not come back to its prompt. @returns what there is of its answer */
  giveUp(why: "silence" | "time"): AnswerEvent | undefined;
}

interface DialogueStep {
  readonly answer?: AnswerEvent;
  /** Without its line end. */
  readonly type?: string;
}

export function openDialogue(name: DebuggerName, commands: readonly string[]): Dialogue {
  const { prompt, setup, pager, pagerQuit } = debuggers[name];
  const questions = commands.length === 0 ? [] : [...setup, ...commands];
  let next = 0;
  let open: OpenAnswer | undefined;
  let isLate = false;

  const take = (ended: AnswerEvent["ended"]): AnswerEvent | undefined => {
    const answer = open?.end(ended);
    open = undefined;
    const isKept = answer !== undefined && next > setup.length && !isLate;
    isLate = false;
    return isKept ? withoutEcho(answer) : undefined;
  };

  return {
    get isAsking() {
      return open !== undefined;
    },
    isPrompt: (line) => prompt.test(line),
    prompt() {
      const answer = take("prompt");
      const type = questions[next];
      if (type !== undefined) {
        next += 1;
        open = openAnswer(name, type);
      }
      return { ...(answer && { answer }), ...(type === undefined ? {} : { type }) };
    },
    line: (text) => open?.line(text),
    pagerKey(line) {
      if (!pager.test(line)) return undefined;
      open?.cut();
      return pagerQuit;
    },
    late() {
      const question = questions[next - 1];
      if (question === undefined || next >= questions.length) return undefined;
      const answer = take("time");
      if (answer) [open, isLate] = [openAnswer(name, question), true];
      return answer;
    },
    giveUp: (why) => take(why),
  };
}

/** The echo is the first line: what was typed, behind the prompt. */
function withoutEcho(answer: AnswerEvent): AnswerEvent {
  const { lines, question } = answer;
  return lines[0]?.endsWith(question) === true ? { ...answer, lines: lines.slice(1) } : answer;
}
