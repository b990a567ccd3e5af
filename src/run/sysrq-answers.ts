/**
 * What a Linux kernel prints for a key of sysrq, whoever pressed it: the agent, a person, `sysrq.ts`. Pure.
 */
import { openAnswer, type OpenAnswer } from "./answer.js";
import type { AnswerEvent } from "./events.js";

/** Titles of drivers/tty/sysrq.c, up to 4.20 behind `SysRq : `. */
const HEADER =
  /^(?<prefix>\[[ \d.]{1,24}\](?:\[[ TC\d]{1,12}\])? )?sysrq: (?:SysRq : )?(?<title>.{1,60})/;
const KEYS: Readonly<Record<string, string>> = {
  "Show Blocked State": "w",
  "Show Locks Held": "d",
  "Show backtrace of all active CPUs": "l",
  "Show State": "t",
};
const PREFIX = /^\[[ \d.]{1,24}\]/;
/** The agent's own lines. */
const OURS = /^(?:kernlane: |@kl \d)/;

export interface SysrqAnswers {
  /** @returns the answer that this line, which is none of it, has ended */
  line(text: string): AnswerEvent | undefined;
  /** Nothing came for a while, or will. */
  end(): AnswerEvent | undefined;
}

export function openSysrqAnswers(): SysrqAnswers {
  let open: OpenAnswer | undefined;
  let isPrefixed = false;
  const end = (): AnswerEvent | undefined => {
    const answer = open?.end("prompt");
    open = undefined;
    return answer;
  };
  return {
    line(text) {
      const header = HEADER.exec(text)?.groups;
      const isForeign = OURS.test(text) || (isPrefixed && !PREFIX.test(text));
      const ended = header !== undefined || isForeign ? end() : undefined;
      const key = KEYS[header?.["title"]?.trimEnd() ?? ""];
      if (key !== undefined) {
        open = openAnswer("sysrq", key);
        isPrefixed = header?.["prefix"] !== undefined;
      }
      open?.line(text);
      return ended;
    },
    end,
  };
}
