/**
 * What a dying or hung kernel answered, put together: for people, and for who waits for whom.
 */
import { deadlockTitle, readWaits } from "../console/waits/wait-graph.js";
import type { Observation } from "../protocol/decode-reply.js";
import type { AnswerEvent } from "./events.js";
import type { History } from "./history.js";

/** Of one answer; the record has all of it. */
const SHOWN_LINES = 60;

/** Where the threads of a step were that was ended for its deadline: the agent has read it, line by line with `|` between. */
export function stackAnswers(replies: Iterable<Observation>): readonly AnswerEvent[] {
  return [...replies].flatMap(({ name, data }) => {
    const { stack } = data;
    if (typeof stack !== "string") return [];
    const lines = stack.replace(/(?=thread \d{1,10}[ |])/g, "|").split("|");
    const shown = lines.map((line) => line.trimEnd()).filter((line) => line !== "");
    return [{ kind: "answer", from: "agent", question: name, lines: shown, ended: "prompt" }];
  });
}

/** As it is recorded. */
export type Answered = Omit<AnswerEvent, "kind">;

export function answeredIn({ answers }: History): readonly Answered[] {
  return answers.map(({ from, question, lines, ended }) => ({ from, question, lines, ended }));
}

export function answerLines({ answers }: Pick<History, "answers">): readonly string[] {
  return answers.flatMap((answer) => {
    const { lines } = answer;
    const more = lines.length - SHOWN_LINES;
    const left = more > 0 ? [`  … and ${more} more lines, in the record`] : [];
    return [
      `${headOf(answer)}${endings[answer.ended]}:`,
      ...lines.slice(0, SHOWN_LINES).map((line) => `  ${line}`),
      ...left,
    ];
  });
}

function headOf({ from, question }: AnswerEvent): string {
  return from === "agent"
    ? `kernel stack of the step's process, ${question}`
    : `${from}, ${question}`;
}

const endings: Readonly<Record<AnswerEvent["ended"], string>> = {
  prompt: "",
  silence: " (it did not come to an end)",
  time: " (it took too long, and was left)",
  size: " (there was more)",
};

/** Threads that wait for each other, by what was answered and reported. */
export function deadlockIn({ started, answers, reports, autopsy }: History): string | undefined {
  const reported = [...reports, ...(autopsy ? [autopsy] : [])];
  return deadlockTitle(
    readWaits(started.guest, [
      ...answers,
      ...reported.map(({ title, evidence }) => ({ question: title, lines: evidence })),
    ]),
  );
}
