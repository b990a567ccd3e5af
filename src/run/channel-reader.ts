/**
 * The bytes of the agent's channel made into observations: lines, frames, replies. Bounded: a line longer than any frame
 * can be is noise and is dropped, with a gap where its frame should have been.
 */
import { FrameReader, type FrameEvent } from "../console/framing.js";
import { ReplyReader, type Observation } from "../protocol/decode-reply.js";
import type { PlannedStep } from "../protocol/planned-step.js";
import { parseForeignLine } from "../protocol/foreign.js";

export type ChannelEvent =
  | { readonly type: "observation"; readonly observation: Observation }
  | { readonly type: "gap"; readonly reason: string };

export interface ChannelReader {
  push(chunk: Uint8Array): readonly ChannelEvent[];
}

/** Reads what others write on too: the console of a machine without a second port. */
export interface SharedChannelReader {
  /** One line of it. */
  pushLine(line: string): readonly ChannelEvent[];
}

const LONGEST_LINE = 256 * 1024;

export function openChannelReader(steps: readonly PlannedStep[]): ChannelReader {
  const frames = new FrameReader();
  const replies = new ReplyReader(steps);
  let pending = "";
  return {
    push(chunk) {
      const lines = (pending + Buffer.from(chunk).toString("latin1")).split("\n");
      pending = lines.pop() ?? "";
      if (pending.length > LONGEST_LINE) pending = "";
      return lines.flatMap((line) =>
        frames.read(line).flatMap((event): readonly ChannelEvent[] => {
          const reason = brokenReason(event);
          return reason === undefined ? readFrame(event, replies) : [{ type: "gap", reason }];
        }),
      );
    },
  };
}

/**
 * Only whole frames in their order are the agent's: anybody may print a line that looks like one, and a frame that is lost shows
 * in the number of the next.
 */
export function openSharedChannelReader(steps: readonly PlannedStep[]): SharedChannelReader {
  const frames = new FrameReader();
  const replies = new ReplyReader(steps);
  return {
    pushLine: (line) => frames.read(line).flatMap((event) => readFrame(event, replies)),
  };
}

function readFrame(event: FrameEvent, replies: ReplyReader): readonly ChannelEvent[] {
  if (event.type === "gap") return [{ type: "gap", reason: gapReason(event.from, event.to) }];
  if (event.type !== "frame") return [];
  const observation = replies.read(event.seq, event.payload);
  return observation ? [{ type: "observation", observation }, ...ownLines(observation)] : [];
}

/** Why a line of a channel that only the agent writes to is no frame that can be used. */
function brokenReason(event: FrameEvent): string | undefined {
  if (event.type === "duplicate") return `frame ${event.seq} came again`;
  return event.type === "damaged" ? event.reason : undefined;
}

function gapReason(from: number, to: number): string {
  return from === to ? `frame ${from} is missing` : `frames ${from} to ${to} are missing`;
}

/** A line that a program of the user's own printed may be an observation itself. */
function ownLines(observation: Observation): readonly ChannelEvent[] {
  const text = observation.kind === "output" ? observation.data["text"] : undefined;
  const found = typeof text === "string" ? parseForeignLine(text, true) : undefined;
  return found ? [{ type: "observation", observation: found }] : [];
}
