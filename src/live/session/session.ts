/**
 * One session with a live agent: requests out, replies in, matched by number. What is lost or damaged on the way is sent or
 * asked for again; what cannot be had again is an error of the channel that says which request, and never a wrong result.
 *
 * The session reads no stream: whoever reads the channel hands on what came ({@link Session.take}), so that everything is seen once.
 */
import { LaneError } from "../../base/errors.js";
import { isReply, type Observation } from "../../protocol/decode-reply.js";
import {
  DEFAULT_DEADLINE_MS,
  encodeRequest,
  splitRequest,
  type Request,
} from "../../protocol/encode-request.js";
import type { ChannelEvent } from "../../run/channel-reader.js";
import { at } from "./call-site.js";
import { Calls, type Answer, type PendingCall } from "./calls.js";
import {
  channelSilent,
  replyLate,
  replyLost,
  secondWriter,
  type AskedOf,
} from "./channel-errors.js";
import { Outbox } from "./outbox.js";
import { defaultTiming, type SessionTiming } from "./timing.js";
import { whatIsMissing } from "./whole-reply.js";
import { claimWire, releaseWire, type Wire } from "./wire.js";
import type { Asking, SessionOptions } from "./session-options.js";

const EXPIRED = "it is too long, or too old, to be sent again";

/** Of requests whose replies may be lost, so many are asked for at once: what they need must fit into a serial port. */
const ASKED_AT_ONCE = 24;

export class Session {
  /** The agent's identity: resolves when requests can be made. */
  readonly ready: Promise<Observation>;
  private readonly wire: Wire;
  private readonly timing: SessionTiming;
  private readonly silent: SessionOptions["silent"];
  private readonly asked: SessionOptions["asked"];
  private readonly calls = new Calls();
  private outbox: Outbox;
  private isAttached: boolean;
  private attached: () => void = () => undefined;
  private ended: ((name: string) => LaneError) | undefined;
  private isHeld = false;
  private timer: NodeJS.Timeout | undefined;
  private lastFrame = 0;
  private heardMs = performance.now();
  private wroteMs = performance.now();
  private shakenMs: number | undefined;

  /** @throws LaneError `channel-two-writers` (usage) when the wire has a session */
  constructor({ wire, hello, timing, silent, asked }: SessionOptions) {
    claimWire(wire);
    this.wire = wire;
    this.timing = { ...defaultTiming, ...timing };
    this.silent = silent;
    this.asked = asked;
    this.outbox = this.newOutbox(1);
    this.isAttached = hello !== undefined;
    this.ready = hello ? Promise.resolve(hello) : this.attach();
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
    if (!this.isAttached) await this.ready.catch(() => undefined);
    if (this.ended) throw at(asking.site, this.ended(asking.name));
    return this.send(line, asking);
  }

  /** The number of the request that goes next, higher than all before. */
  get nextSeq(): number {
    return this.outbox.nextSeq;
  }

  /** How many calls wait for their replies. */
  get callsUnderWay(): number {
    return this.calls.size;
  }

  /** What came on the channel, in order. */
  take(event: ChannelEvent): void {
    if (event.type === "gap") {
      this.shake();
      return;
    }
    const { observation } = event;
    if (observation.seq === null) return;
    this.lastFrame = observation.seq;
    this.heardMs = performance.now();
    if (observation.kind === "sync") this.takeSync(observation);
    else if (observation.kind === "nak") this.takeNak(observation);
    else if (observation.stepId !== null) this.takeAnswer(observation.stepId, observation);
  }

  /** No reply is waited for with a clock any more: the guest is dying, and its end will be told. */
  hold(): void {
    this.isHeld = true;
  }

  /** Rejects every call, under way or to come, with an error that is made for each by its name. */
  end(error: (name: string) => LaneError): void {
    if (this.ended) return;
    this.ended = error;
    clearInterval(this.timer);
    releaseWire(this.wire);
    for (const call of this.calls.all()) {
      this.calls.take(call.seq, 0);
      call.reject(at(call.site, error(call.name)));
    }
    this.attached();
  }

  private newOutbox(firstSeq: number): Outbox {
    const write = (text: string): void => {
      this.wroteMs = performance.now();
      this.wire.output.write(text, "latin1");
    };
    return new Outbox(write, this.wire, firstSeq);
  }

  private async attach(): Promise<Observation> {
    const { attachMs, attachTries } = this.timing;
    const answered = new Promise<void>((resolve) => (this.attached = resolve));
    const name = "attach";
    let tries = 0;
    const timer = setInterval(() => {
      if (++tries < attachTries) this.outbox.resync();
      else this.end(() => channelSilent(this.factsOf(name, 0), attachMs * attachTries));
    }, attachMs);
    this.outbox.resync();
    await answered.finally(() => clearInterval(timer));
    if (this.ended) throw this.ended(name);
    const site = { stack: "" };
    const { reply } = await this.send(encodeRequest({ kind: "hello" }), {
      context: "main",
      name,
      site,
    });
    return reply;
  }

  private send(line: string, { name, context, deadlineMs, site }: Asking): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const payloads = splitRequest(line, this.wire.pieceBytes);
      // Entered before it is sent: an agent in the same process could answer at once.
      const seq = this.outbox.nextSeq + payloads.length - 1;
      const limitMs = deadlineMs ?? DEFAULT_DEADLINE_MS;
      const call = { seq, name, context, deadlineMs: limitMs, site, resolve, reject };
      this.calls.add(call, performance.now());
      this.asked?.({ id: seq, name, context });
      this.outbox.add(payloads);
      this.timer ??= setInterval(() => this.tick(performance.now()), this.timing.tickMs);
    });
  }

  private takeSync({ data }: Observation): void {
    const expected = Number(data["expected"]);
    if (!this.isAttached) {
      this.isAttached = true;
      this.outbox = this.newOutbox(expected);
      this.attached();
      return;
    }
    if (expected > this.outbox.nextSeq) {
      this.end(() =>
        secondWriter(`the agent expects request ${expected}, ours is ${this.nextSeq}`),
      );
      return;
    }
    this.outbox.synced(expected);
    this.askForLost();
  }

  private takeNak({ status, data }: Observation): void {
    if (!this.isAttached) return;
    const call = this.calls.get(Number(data["got"]));
    if (status === "expired") {
      if (call) this.refuse(call, replyLost(this.factsOf(call.name, call.seq), EXPIRED));
      return;
    }
    // A table that is full has room again when something is answered; asking at once would only be refused again.
    if (status === "damaged" || status === "gap") this.outbox.resync();
  }

  private takeAnswer(step: number, observation: Observation): void {
    if (step >= this.outbox.nextSeq) {
      this.end(() =>
        secondWriter(`a reply to request ${step} came, ours go up to ${this.nextSeq - 1}`),
      );
      return;
    }
    this.outbox.arrived(step + 1);
    const call = this.calls.get(step);
    if (!isReply(observation)) {
      call?.outputs.push(observation);
      return;
    }
    this.outbox.closed(step);
    if (!call || observation.kind === "piece") return;
    const missing = whatIsMissing(observation, call.outputs);
    if (missing !== undefined) {
      this.refuse(call, replyLost(this.factsOf(call.name, step), missing));
      return;
    }
    this.calls.take(step, performance.now());
    if (this.calls.size === 0) this.rest();
    const named = { ...observation, name: call.name };
    call.resolve({ reply: named, outputs: call.outputs });
  }

  private refuse(call: PendingCall, error: LaneError): void {
    this.calls.take(call.seq, performance.now());
    this.outbox.closed(call.seq);
    if (this.calls.size === 0) this.rest();
    call.reject(at(call.site, error));
  }

  private rest(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Frames of the agent's are missing or damaged: any reply may be among them. */
  private shake(): void {
    if (this.calls.size === 0) return;
    this.shakenMs ??= performance.now();
    for (const call of this.calls.all()) call.isShaken = true;
  }

  /** Asks for the replies that may have been lost, of requests that have arrived. */
  private askForLost(): void {
    const lost = this.calls
      .all()
      .filter(({ seq, isShaken }) => isShaken && this.outbox.hasArrived(seq));
    for (const call of lost.slice(0, ASKED_AT_ONCE)) {
      call.isShaken = false;
      this.outbox.askAgain(call.seq);
    }
    if (lost.length > ASKED_AT_ONCE) this.shakenMs = performance.now();
  }

  private tick(nowMs: number): void {
    if (this.isHeld) return;
    if (this.shakenMs !== undefined && nowMs - this.shakenMs > this.timing.settleMs) {
      this.shakenMs = undefined;
      this.outbox.resync();
    } else if (nowMs - Math.max(this.heardMs, this.wroteMs) > this.timing.stallMs) {
      // The number of the answer shows what was lost with nothing behind it.
      this.outbox.resync();
    }
    for (const call of this.calls.all()) {
      if (call.begunMs !== undefined) this.checkTime(call, call.begunMs, nowMs);
    }
  }

  private checkTime(call: PendingCall, begunMs: number, nowMs: number): void {
    const { marginMs, graceMs } = this.timing;
    if (!this.outbox.hasArrived(call.seq)) call.begunMs = Math.max(begunMs, this.heardMs);
    if (nowMs < begunMs + call.deadlineMs + marginMs) return;
    if (call.overdueMs === undefined) {
      call.overdueMs = nowMs;
      call.isShaken = true;
      this.outbox.resync();
      return;
    }
    if (nowMs < call.overdueMs + graceMs) return;
    const waitedMs = Math.round(nowMs - begunMs);
    if (this.heardMs > call.overdueMs) {
      this.refuse(call, replyLate(this.factsOf(call.name, call.seq), waitedMs));
      return;
    }
    if (this.silent) {
      this.hold();
      this.silent(waitedMs);
    } else this.refuse(call, channelSilent(this.factsOf(call.name, call.seq), waitedMs));
  }

  private factsOf(name: string, seq: number): AskedOf {
    return { name, seq, lastFrame: this.lastFrame };
  }
}
