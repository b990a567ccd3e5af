/**
 * The bytes of the agent's channel made into observations: lines, frames, replies. Bounded: a line longer than any frame
 * can be is noise and is dropped, with a gap where its frame should have been.
 */
import { FrameReader } from "../console/framing.js";
import { ReplyReader, type Observation } from "../protocol/decode-reply.js";
import type { PlannedStep } from "../protocol/encode-plan.js";
import { parseForeignLine } from "../protocol/foreign.js";

export type ChannelEvent =
  | { readonly type: "observation"; readonly observation: Observation }
  | { readonly type: "gap"; readonly reason: string };

export interface ChannelReader {
  push(chunk: Uint8Array): readonly ChannelEvent[];
  /** One line that came by another way, such as the console. */
  pushLine(line: string): readonly ChannelEvent[];
}

const LONGEST_LINE = 256 * 1024;

export function openChannelReader(steps: readonly PlannedStep[]): ChannelReader {
  const frames = new FrameReader();
  const replies = new ReplyReader(steps);
  let pending = "";

  function pushLine(line: string): readonly ChannelEvent[] {
    return frames.read(line).flatMap((event): readonly ChannelEvent[] => {
      switch (event.type) {
        case "frame": {
          const observation = replies.read(event.seq, event.payload);
          return observation
            ? [{ type: "observation", observation }, ...ownLines(observation)]
            : [];
        }
        case "gap":
          return [{ type: "gap", reason: gapReason(event.from, event.to) }];
        case "duplicate":
          return [{ type: "gap", reason: `frame ${event.seq} came again` }];
        case "damaged":
          return [{ type: "gap", reason: event.reason }];
        case "text":
          return [];
      }
    });
  }

  return {
    pushLine,
    push(chunk) {
      const lines = (pending + Buffer.from(chunk).toString("latin1")).split("\n");
      pending = lines.pop() ?? "";
      if (pending.length > LONGEST_LINE) pending = "";
      return lines.flatMap(pushLine);
    },
  };
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
