/**
 * The calls that a session waits for: by number, and in the order of their contexts, since a step's time begins when those
 * before it in its process or thread are over.
 */
import type { Observation } from "../../protocol/decode-reply.js";
import type { CallSite } from "./call-site.js";

/** What came back of a request. */
export interface Answer {
  readonly reply: Observation;
  /** What a program printed meanwhile. */
  readonly outputs: readonly Observation[];
}

export interface NewCall {
  readonly seq: number;
  readonly name: string;
  readonly context: string;
  readonly deadlineMs: number;
  readonly site: CallSite;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export interface PendingCall extends NewCall {
  readonly outputs: Observation[];
  /** Since when its deadline runs; undefined while others of its context are before it. */
  begunMs: number | undefined;
  /** Since when it is overdue, and the agent has been asked about it. */
  overdueMs: number | undefined;
  /** Frames were lost while it was under way: its reply may be among them. */
  isShaken: boolean;
}

export class Calls {
  private readonly bySeq = new Map<number, PendingCall>();
  private readonly byContext = new Map<string, PendingCall[]>();

  get size(): number {
    return this.bySeq.size;
  }

  add(call: NewCall, nowMs: number): void {
    const queue = this.byContext.get(call.context) ?? [];
    const begunMs = queue.length === 0 ? nowMs : undefined;
    const pending = { ...call, outputs: [], begunMs, overdueMs: undefined, isShaken: false };
    this.bySeq.set(call.seq, pending);
    this.byContext.set(call.context, queue);
    queue.push(pending);
  }

  get(seq: number): PendingCall | undefined {
    return this.bySeq.get(seq);
  }

  /** In the order in which they were made. */
  all(): readonly PendingCall[] {
    return [...this.bySeq.values()];
  }

  /** Takes a call out; the next of its context begins. */
  take(seq: number, nowMs: number): void {
    const call = this.bySeq.get(seq);
    const queue = call && this.byContext.get(call.context);
    if (!call || !queue) return;
    this.bySeq.delete(seq);
    queue.splice(queue.indexOf(call), 1);
    if (queue[0]) queue[0].begunMs ??= nowMs;
    else this.byContext.delete(call.context);
  }
}
