/**
 * One session with a live agent: requests out, replies in, matched by number. What is lost or damaged on the way is sent or
 * asked for again; what cannot be had again is an error of the channel that says which request, and never a wrong result.
 *
 * `link.ts` decides all of that; here it is given a clock, a wire and promises. The session reads no stream: whoever reads the
 * channel hands on what came, so that everything is seen once.
 */
import { LaneError } from "../../base/errors.js";
import { fairClock, startFairTimer, type FairTimer } from "../../host/fair-timer.js";
import { isReply, type Observation } from "../../protocol/decode-reply.js";
import {
  DEFAULT_DEADLINE_MS,
  encodeRequest,
  splitRequest,
  type Request,
} from "../../protocol/encode-request.js";
import type { RequestEvent } from "../../run/events.js";
import { withCallerStack, type CallSite } from "./call-site.js";
import {
  channelSilent,
  replyLate,
  replyLost,
  secondWriter,
  type AskedOf,
} from "./channel-errors.js";
import { advance } from "./link.js";
import { defaultTiming, newLink, type Happening, type LinkAction } from "./link-state.js";
import type { LinkRules, LinkTiming } from "./link-state.js";
import { whatIsMissing, type Answer } from "./replies.js";
import { claimWire, releaseWire, type Wire } from "./wire.js";

export interface SessionOptions {
  readonly wire: Wire;
  /** The agent's first word, when it was heard; without it the session finds out where the agent is (a restored guest). */
  readonly hello?: Observation;
  readonly timing?: Partial<LinkTiming>;
  /** Nothing comes from the agent any more: the guest hangs. Whoever is told ends the session. */
  readonly silent?: (waitedMs: number) => void;
  /** Told of each request before it is sent: its number, and what errors call it. */
  readonly asked?: (request: Pick<RequestEvent, "id" | "name" | "context">) => void;
}

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

interface Waiting {
  readonly name: string;
  readonly site: CallSite;
  readonly outputs: Observation[];
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

const EXPIRED = "it is too long, or too old, to be sent again";

export class Session {
  /** The agent's identity: resolves when requests can be made. */
  readonly ready: Promise<Observation>;
  private readonly options: SessionOptions;
  private readonly rules: LinkRules;
  private link = newLink(fairClock.nowMs());
  private readonly waiting = new Map<number, Waiting>();
  private attached: ((error?: LaneError) => void) | undefined;
  /** Resolves when the agent has said which request it expects, or the session has ended. */
  private placed: Promise<void> = Promise.resolve();
  /** Runs while something is waited for. */
  private ticking: FairTimer | undefined;
  private ended: ((name: string) => LaneError) | undefined;
  private isHeld = false;
  /** Of the agent's frames, the last that came. */
  private lastFrame = 0;

  /** @throws LaneError `channel-two-writers` (usage) when the wire has a session */
  constructor(options: SessionOptions) {
    claimWire(options.wire);
    this.options = options;
    const { windowBytes, openRequests } = options.wire;
    this.rules = { windowBytes, openRequests, timing: { ...defaultTiming, ...options.timing } };
    this.ready = options.hello ? Promise.resolve(options.hello) : this.attach();
    this.ready.catch(() => undefined);
  }

  /**
   * Sends one request.
   *
   * @throws LaneError as its encoding does; `channel-reply-lost`, `channel-reply-late`, `channel-silent` (host);
   *   what the session was ended with
   */
  async ask(request: Request, asking: Asking): Promise<Answer> {
    const { context, quiet = true } = asking;
    const line = encodeRequest(request, { context, quiet });
    if (this.attached) await this.placed;
    if (this.ended) throw withCallerStack(asking.site, this.ended(asking.name));
    return this.send(line, asking);
  }

  /** The number of the request that goes next, higher than all before. */
  get nextSeq(): number {
    return this.link.next;
  }

  /** How many calls wait for their replies. */
  get callsUnderWay(): number {
    return this.waiting.size;
  }

  /** What came on the channel, in order. */
  hear(observation: Observation): void {
    if (observation.seq === null) return;
    this.lastFrame = observation.seq;
    const happening = happeningOf(observation);
    if (happening?.type === "output") {
      this.waiting.get(happening.seq)?.outputs.push(observation);
    }
    if (happening) this.turn(happening, observation);
  }

  /** Something that came on the channel was damaged, or is missing. */
  miss(): void {
    this.turn({ type: "gap" });
  }

  /** No reply is waited for with a clock any more: the guest is dying, and its end will be told. */
  hold(): void {
    this.isHeld = true;
    this.watch();
  }

  /** Rejects every call, under way or to come, with an error that is made for each by its name. */
  end(error: (name: string) => LaneError): void {
    if (this.ended) return;
    this.ended = error;
    this.hold();
    releaseWire(this.options.wire);
    for (const { site, name, reject } of this.waiting.values()) {
      reject(withCallerStack(site, error(name)));
    }
    this.waiting.clear();
    this.attached?.(error("attach"));
  }

  /** Others may ask as soon as the agent's place is known, behind the question for its identity. */
  private async attach(): Promise<Observation> {
    const answered = new Promise<LaneError | undefined>((resolve) => (this.attached = resolve));
    this.placed = answered.then(() => undefined);
    this.turn({ type: "attach" });
    const error = await answered;
    this.attached = undefined;
    if (error) throw error;
    const site = { stack: "" };
    const { reply } = await this.send(encodeRequest({ kind: "hello" }), {
      context: "main",
      name: "attach",
      site,
    });
    return reply;
  }

  private send(line: string, { name, context, deadlineMs, site }: Asking): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const payloads = splitRequest(line, this.options.wire.pieceBytes);
      // Entered before it is sent: an agent in the same process could answer at once.
      const seq = this.link.next + payloads.length - 1;
      this.waiting.set(seq, { name, site, outputs: [], resolve, reject });
      this.options.asked?.({ id: seq, name, context });
      const call = { payloads, context, deadlineMs: deadlineMs ?? DEFAULT_DEADLINE_MS };
      this.turn({ type: "call", ...call });
    });
  }

  private turn(happening: Happening, observation?: Observation): void {
    if (this.ended) return;
    const { state, actions } = advance(this.rules, this.link, {
      ...happening,
      nowMs: fairClock.nowMs(),
    });
    this.link = state;
    for (const action of actions) this.act(action, observation);
    this.watch();
  }

  private watch(): void {
    const { calls, attachTries } = this.link;
    if (this.isHeld || (calls.length === 0 && attachTries === undefined)) {
      this.ticking?.stop();
      this.ticking = undefined;
    } else {
      this.ticking ??= startFairTimer(this.rules.timing.tickMs, () => {
        this.ticking = undefined;
        this.turn({ type: "tick" });
      });
    }
  }

  private act(action: LinkAction, observation: Observation | undefined): void {
    switch (action.type) {
      case "write":
        this.options.wire.output.write(action.text, "latin1");
        return;
      case "attached":
        this.attached?.();
        return;
      case "not-attached":
        this.end((name) => channelSilent(this.factsOf(name, 0), action.waitedMs));
        return;
      case "answered":
        this.answer(action.seq, observation!);
        return;
      case "failed":
        this.fail(action);
        return;
      case "second-writer":
        this.end(() => secondWriter(action.found));
    }
  }
  private answer(seq: number, reply: Observation): void {
    const call = this.take(seq);
    if (!call) return;
    const { name, outputs } = call;
    const answer = { reply: { ...reply, name }, outputs };
    const missing = whatIsMissing(answer);
    if (missing === undefined) call.resolve(answer);
    else call.reject(withCallerStack(call.site, replyLost(this.factsOf(name, seq), missing)));
  }

  private fail({ seq, why, waitedMs }: Extract<LinkAction, { readonly type: "failed" }>): void {
    const { silent } = this.options;
    if (why === "silent" && silent) {
      this.hold();
      silent(waitedMs);
      return;
    }
    const call = this.take(seq);
    if (!call) return;
    const facts = this.factsOf(call.name, seq);
    const errors = {
      expired: () => replyLost(facts, EXPIRED),
      late: () => replyLate(facts, waitedMs),
      silent: () => channelSilent(facts, waitedMs),
    };
    call.reject(withCallerStack(call.site, errors[why]()));
  }

  private take(seq: number): Waiting | undefined {
    const call = this.waiting.get(seq);
    this.waiting.delete(seq);
    return call;
  }

  private factsOf(name: string, seq: number): AskedOf {
    return { name, seq, lastFrame: this.lastFrame };
  }
}

/** What a frame of the agent's is to the link; undefined for what is none of its business. */
function happeningOf(observation: Observation): Happening | undefined {
  const { kind, status, data, stepId } = observation;
  if (kind === "sync" || kind === "nak") {
    const expected = Number(data["expected"]);
    if (!Number.isSafeInteger(expected) || expected < 1) return undefined;
    if (kind === "sync") return { type: "sync", expected };
    const got = typeof data["got"] === "number" ? data["got"] : undefined;
    return { type: "nak", status, expected, got };
  }
  if (stepId === null) return undefined;
  return { type: isReply(observation) ? "reply" : "output", seq: stepId };
}
