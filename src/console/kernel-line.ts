import type { LineEvent, Span } from "./events.js";
import type { MarkTable } from "./marks.js";

/** One line, split into what the kernel said and how it came. */
export interface KernelLine extends Span {
  /** Without prefix and without what we typed; what patterns are matched on. */
  readonly text: string;
  /** The whole line, for the evidence. */
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

export function parseKernelLine(
  line: LineEvent,
  text: string,
  carried: string,
  table: MarkTable,
): KernelLine {
  const foreign = ours.test(text);
  const start = foreign || line.continues ? undefined : table.prefix?.exec(text);
  const inside = start?.[0] ? undefined : table.prefixInside?.exec(carried + text);
  const prefix = start?.[0] ? start : inside;
  const behind = inside ? inside.index + inside[0].length : (start?.[0].length ?? 0);
  return {
    text: (carried + text).slice(behind),
    shown: line.text,
    prefixed: start?.[0] ? "start" : inside ? "inside" : "no",
    caller: prefix?.groups?.["caller"],
    foreign: foreign && !inside,
    continues: line.continues,
    startOffsetBytes: line.startOffsetBytes,
    endOffsetBytes: line.endOffsetBytes,
  };
}
