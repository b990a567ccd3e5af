/** What the host's end of the channel knows, is told, and does. See `link.ts`. */

/** How long is waited for what, in ms. */
export interface LinkTiming {
  /** How often a tick comes. */
  readonly tickMs: number;
  /** After something was seen to be lost, until it is asked for: what is still on its way comes first. */
  readonly settleMs: number;
  /** Until the agent is asked where it is, and asked again. */
  readonly stallMs: number;
  /** What a reply may take beyond its step's deadline: the agent gives the kernel a second to let go. */
  readonly marginMs: number;
  /** What an agent may take to answer when a reply is overdue. */
  readonly graceMs: number;
  /** What one byte may take on its way to the agent, before a step's time begins: a serial line of 9600 baud. */
  readonly byteMs: number;
  readonly attachMs: number;
  readonly attachTries: number;
}

export const defaultTiming: LinkTiming = {
  tickMs: 100,
  settleMs: 50,
  stallMs: 1_000,
  marginMs: 3_000,
  graceMs: 5_000,
  byteMs: 1,
  attachMs: 1_000,
  attachTries: 30,
};

export interface LinkLimits {
  /** Bytes that may be on their way. One frame always may. */
  readonly windowBytes: number;
  /** Requests that may be unanswered. */
  readonly openRequests: number;
}

export interface LinkRules extends LinkLimits {
  readonly timing: LinkTiming;
}

/** One frame of ours that is not known to have arrived. */
export interface OutFrame {
  readonly seq: number;
  readonly text: string;
}

/** A request that is waited for. */
export interface LinkCall {
  /** The number of its last frame. */
  readonly seq: number;
  readonly context: string;
  readonly deadlineMs: number;
  /** Since when its deadline runs; undefined while others of its context are before it. */
  readonly begunMs: number | undefined;
  /** Its frames that arrive late move `begunMs` to here at most. */
  readonly latestBeginMs: number | undefined;
  /** Since when it is overdue. */
  readonly overdueMs: number | undefined;
  /** Frames of the agent's were lost while it was under way: its reply may be among them. */
  readonly isSuspect: boolean;
  /** When its reply was asked for again. */
  readonly againMs: number | undefined;
}

/** The agent was asked where it is, and has not answered. */
interface Inquiry {
  readonly askedMs: number;
  /** The last frame that went before the question. */
  readonly behind: number;
  /** Something may be lost: nothing else goes before the answer. */
  readonly halts: boolean;
}

export interface LinkState {
  /** The number that the next payload gets. */
  readonly next: number;
  /** In order; the first `sentCount` are on their way. */
  readonly frames: readonly OutFrame[];
  readonly sentCount: number;
  /** Frames up to this number have been sent at least once. */
  readonly highestSent: number;
  /** In the order in which they were made. */
  readonly calls: readonly LinkCall[];
  readonly inquiry: Inquiry | undefined;
  /** The frame from which all were last sent again, how often in a row that was the same one, and when that may be. */
  readonly back: { readonly seq: number; readonly count: number; readonly fromMs: number };
  /** Of questions for replies that may have been lost: what is not known to have arrived. */
  readonly againBytes: number;
  /** Since when frames of the agent's are missing, and were not asked for. */
  readonly gapMs: number | undefined;
  /** When the last frame of the agent's came. */
  readonly heardMs: number;
  /** When the first of the frames on their way was sent, or another arrived before it. */
  readonly sentMs: number;
  /** When a frame was last found to have arrived. */
  readonly arrivedMs: number;
  /** How often the agent was asked for its place; undefined once that is known. */
  readonly attachTries: number | undefined;
}

/** @returns the state of a link to an agent that has not been asked anything */
export function newLink(nowMs: number): LinkState {
  return {
    next: 1,
    frames: [],
    sentCount: 0,
    highestSent: 0,
    calls: [],
    inquiry: undefined,
    back: { seq: 0, count: 0, fromMs: nowMs },
    againBytes: 0,
    gapMs: undefined,
    heardMs: nowMs,
    sentMs: nowMs,
    arrivedMs: nowMs,
    attachTries: undefined,
  };
}

export type LinkEvent = Happening & { readonly nowMs: number };

export type Happening =
  /** First of all, where the agent has been asked things before. */
  | { readonly type: "attach" }
  /** Its number will be `next` − 1. */
  | {
      readonly type: "call";
      readonly payloads: readonly string[];
      readonly context: string;
      readonly deadlineMs: number;
    }
  | { readonly type: "sync"; readonly expected: number }
  | {
      readonly type: "nak";
      readonly status: string;
      readonly expected: number;
      readonly got: number | undefined;
    }
  /** The reply to a request, or to one piece of it. */
  | { readonly type: "reply"; readonly seq: number }
  /** What came of a step that goes on. */
  | { readonly type: "output"; readonly seq: number }
  /** Frames of the agent's are missing or damaged. */
  | { readonly type: "gap" }
  | { readonly type: "tick" };

export type LinkAction =
  | { readonly type: "write"; readonly text: string }
  | { readonly type: "attached" }
  | { readonly type: "not-attached"; readonly waitedMs: number }
  /** The reply of this event is the call's. */
  | { readonly type: "answered"; readonly seq: number }
  | {
      readonly type: "failed";
      readonly seq: number;
      /** Its reply is not kept any more; the agent answers, but not this; nothing is heard at all. */
      readonly why: "expired" | "late" | "silent";
      readonly waitedMs: number;
    }
  | { readonly type: "second-writer"; readonly found: string };

/** One turn of the machine, as it is worked out. */
export interface Turn {
  readonly rules: LinkRules;
  readonly nowMs: number;
  readonly link: { -readonly [Key in keyof LinkState]: LinkState[Key] };
  /** What goes to the agent. */
  text: string;
  readonly actions: LinkAction[];
}
