import type { Observation } from "../../protocol/decode-reply.js";
import type { RequestEvent } from "../../run/events.js";
import type { CallSite } from "./call-site.js";
import type { SessionTiming } from "./timing.js";
import type { Wire } from "./wire.js";

export interface SessionOptions {
  readonly wire: Wire;
  /** The agent's first word, when it was heard; without it the session finds out where the agent is (a restored guest). */
  readonly hello?: Observation;
  readonly timing?: Partial<SessionTiming>;
  /** Nothing comes from the agent any more: the guest hangs. Whoever is told ends the session. */
  readonly silent?: (waitedMs: number) => void;
  /** Told of each request before it is sent: its number, and what errors call it. */
  readonly asked?: (request: AskedRequest) => void;
}

type AskedRequest = Pick<RequestEvent, "id" | "name" | "context">;

export interface Asking {
  /** `main`, `process` or `process/thread`. */
  readonly context: string;
  /** What errors call it. */
  readonly name: string;
  /** The guest's console does not say that the step begins. Default true. */
  readonly quiet?: boolean;
  /** From the step's begin. Default 10 000. */
  readonly deadlineMs?: number | undefined;
  readonly site: CallSite;
}
