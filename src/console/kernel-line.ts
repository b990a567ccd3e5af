import type { LineEvent, Span } from "./events.js";
import type { MarkTable } from "./marks.js";

/** One line, split into what the kernel said and how it came. */
export interface KernelLine extends Span {
  /** Without prefix and without what we typed; what patterns are matched on. */
  readonly text: string;
  /** What was printed, prefix and all, for the evidence. */
  readonly shown: string;
  /** Whether a kernel's own prefix proves the line, and whether it stood where a line begins. */
  readonly prefixed: "no" | "start" | "inside";
  /** The task or processor that printed it, where the kernel says so (Linux' CONFIG_PRINTK_CALLER). */
  readonly caller: string | undefined;
  /** A line of our own agent or data of a probe: nothing that it says is the kernel's, except what was cut into its middle. */
  readonly foreign: boolean;
  /** The rest of a line that was cut: what it begins with is no line start. */
  readonly continues: boolean;
}

/** What is looked at again in front of the rest of a cut line, so that the cut hides nothing. */
export const stepBackLength = 256;

/** The agent's lines, its frames (`framing.ts`), and the JSON lines of probes. */
const ours = /^(?:kernlane: |@kl \d|\{")/;

/** More messages than so many are not looked for on one line. */
const maxMessages = 16;

/**
 * The messages on a line: more than one where a kernel began the next before it had ended the last (`…8 bytes[   76.471107] BUG: …`).
 *
 * @param text the line without what we typed
 * @param carried the end of what was cut off in front of it
 */
export function parseKernelLine(
  line: LineEvent,
  text: string,
  carried: string,
  table: MarkTable,
): readonly KernelLine[] {
  const first = parseFirst(line, text, carried, table);
  if (first.prefixed === "no" || table.prefixInside === undefined) return [first];
  return withFollowing(first, table.prefixInside);
}

function parseFirst(line: LineEvent, text: string, carried: string, table: MarkTable): KernelLine {
  const foreign = ours.test(text);
  const isStart = !foreign && !line.continues;
  const start = isStart ? table.prefix?.exec(text) : undefined;
  const inside = start?.[0] ? undefined : table.prefixInside?.exec(carried + text);
  const prefix = start?.[0] ? start : (inside ?? (isStart ? table.daemonPrefix?.exec(text) : null));
  return {
    text: (carried + text).slice(prefix ? prefix.index + prefix[0].length : 0),
    shown: line.text,
    prefixed: start?.[0] ? "start" : inside ? "inside" : "no",
    caller: prefix?.groups?.["caller"],
    foreign: foreign && !inside,
    continues: line.continues,
    startOffsetBytes: line.startOffsetBytes,
    endOffsetBytes: line.endOffsetBytes,
  };
}

/** Where the messages lie in the bytes is known of the whole line only. */
function withFollowing(first: KernelLine, prefixInside: RegExp): readonly KernelLine[] {
  const messages = [first];
  while (messages.length < maxMessages) {
    const last = messages.at(-1)!;
    const next = prefixInside.exec(last.text);
    if (next === null) break;
    messages[messages.length - 1] = {
      ...last,
      text: last.text.slice(0, next.index),
      shown: last.shown.slice(0, last.shown.length - (last.text.length - next.index)),
    };
    messages.push({
      ...last,
      text: last.text.slice(next.index + next[0].length),
      shown: last.text.slice(next.index),
      prefixed: "inside",
      caller: next.groups?.["caller"],
    });
  }
  return messages;
}
