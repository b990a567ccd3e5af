import type { AnswerEvent } from "./events.js";

/** What is kept of one answer. */
const MAX_LINES = 5_000;
const MAX_LENGTH = 512 * 1024;

/** One answer while it comes. */
export interface OpenAnswer {
  line(text: string): void;
  /** The rest of it is left. */
  cut(): void;
  end(ended: AnswerEvent["ended"]): AnswerEvent;
}

export function openAnswer(from: AnswerEvent["from"], question: string): OpenAnswer {
  const lines: string[] = [];
  let length = 0;
  let isCut = false;
  return {
    line(text) {
      length += text.length + 1;
      if (lines.length < MAX_LINES && length <= MAX_LENGTH) lines.push(text.trimEnd());
      else isCut = true;
    },
    cut: () => (isCut = true),
    end: (ended) => ({ kind: "answer", from, question, lines, ended: isCut ? "size" : ended }),
  };
}
