/** What goes wrong with a channel; none of it is a result. */
import { LaneError } from "../../base/errors.js";

export interface AskedOf {
  /** The step's name. */
  readonly name: string;
  /** Its number on the channel; undefined for what was not sent. */
  readonly seq: number | undefined;
  /** Of the agent's frames, the last that came. */
  readonly lastFrame: number;
}

/** The agent had the reply once, and it did not come through. */
export function replyLost({ name, seq, lastFrame }: AskedOf, reason: string): LaneError {
  return new LaneError(
    "channel-reply-lost",
    `${name}: the reply to request ${seq ?? "?"} was lost on the channel: ${reason} (last whole frame: ${lastFrame})`,
    { facts: { name, seq, lastFrame } },
  );
}

/** The agent lives, and has not answered in the step's time and some more. */
export function replyLate({ name, seq, lastFrame }: AskedOf, waitedMs: number): LaneError {
  return new LaneError(
    "channel-reply-late",
    `${name}: no reply to request ${seq ?? "?"} within ${waitedMs} ms, which is past its deadline, though the agent answers (last whole frame: ${lastFrame})`,
    { facts: { name, seq, lastFrame, waitedMs } },
  );
}

/** Nothing comes from the agent any more. */
export function channelSilent({ name, seq, lastFrame }: AskedOf, waitedMs: number): LaneError {
  return new LaneError(
    "channel-silent",
    `${name}: request ${seq ?? "?"} and everything after it went unanswered for ${waitedMs} ms (last whole frame: ${lastFrame})`,
    { facts: { name, seq, lastFrame, waitedMs } },
  );
}

/** Somebody else asks the same agent: its numbers are not ours. */
export function secondWriter(found: string): LaneError {
  return new LaneError("channel-two-writers", `the channel has a second writer: ${found}`, {
    hint: "a guest's channel belongs to one session; share the guest object instead",
  });
}
