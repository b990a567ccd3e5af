/**
 * The host's frames on their way to the agent (docs/probe-protocol.md, "Live"): numbered, held back where a serial port would
 * lose them, kept until they are known to have arrived, and sent again from where the agent says that something is missing.
 * Pure but for what it writes: it knows no clock.
 */
import { encodeFrame } from "../../console/framing.js";

export interface OutboxLimits {
  /** Bytes that may be on their way. One frame always may. */
  readonly windowBytes: number;
  /** Requests that may be unanswered. */
  readonly openRequests: number;
}

interface OutboxFrame {
  readonly seq: number;
  readonly text: string;
  /** Whether a reply is waited for once this is sent: true of a request's last frame. */
  opens: boolean;
}

const SYNC = `${encodeFrame(0, "sync")}\n`;

export class Outbox {
  private readonly write: (text: string) => void;
  private readonly limits: OutboxLimits;
  /** Not known to have arrived; the first `sentCount` of them are on their way. */
  private frames: OutboxFrame[] = [];
  private sentCount = 0;
  private bytesOnTheWay = 0;
  /** Requests that were sent and are not answered. */
  private readonly open = new Set<number>();
  private next: number;
  /** Frames up to this number have been sent at least once. */
  private highestSent: number;
  private isAsking = false;
  private isHalted = false;

  /** @param firstSeq 1 for an agent that has not been asked anything, else what it expects */
  constructor(write: (text: string) => void, limits: OutboxLimits, firstSeq: number) {
    this.write = write;
    this.limits = limits;
    this.next = firstSeq;
    this.highestSent = firstSeq - 1;
  }

  /** The number that the next payload gets. */
  get nextSeq(): number {
    return this.next;
  }

  /** Whether this frame is known to have arrived. */
  hasArrived(seq: number): boolean {
    return seq < (this.frames[0]?.seq ?? this.next);
  }

  /**
   * Numbers a request's payloads and sends what may be sent.
   *
   * @returns the number of the last payload, which is the request's
   */
  add(payloads: readonly string[]): number {
    payloads.forEach((payload, index) => {
      const text = `${encodeFrame(this.next, payload)}\n`;
      this.frames.push({ seq: this.next, text, opens: index === payloads.length - 1 });
      this.next++;
    });
    this.pump();
    return this.next - 1;
  }

  /** Everything below `expected` has arrived. */
  arrived(expected: number): void {
    if (this.hasArrived(expected - 1)) return;
    this.forget(expected);
    this.pump();
  }

  /** A request is done with, answered or given up: another may go. */
  closed(seq: number): void {
    const unsent = this.open.delete(seq) ? undefined : this.frames.find((one) => one.seq === seq);
    if (unsent) unsent.opens = false;
    this.pump();
  }

  /** Something may be lost: asks the agent where it is, and sends nothing else before it has said so. */
  resync(): void {
    this.isHalted = this.isAsking = true;
    // The empty line ends whatever half a line may have come before.
    this.write(`\n${SYNC}`);
  }

  /** The agent has said which number it expects: what is missing goes again. */
  synced(expected: number): void {
    this.isAsking = false;
    this.forget(expected);
    if (this.isHalted) {
      this.isHalted = false;
      this.sentCount = this.bytesOnTheWay = 0;
    }
    this.pump();
  }

  /** Asks for the reply to a request that has arrived. */
  askAgain(seq: number): void {
    this.write(`${encodeFrame(seq, "again")}\n`);
  }

  private pump(): void {
    if (this.isHalted) return;
    let text = "";
    for (let frame = this.frames[this.sentCount]; frame && this.mayGo(frame);) {
      text += this.sending(frame);
      frame = this.frames[this.sentCount];
    }
    // What holds the others back may take long to be answered: the agent is asked whether it has arrived.
    if (this.sentCount < this.frames.length && this.sentCount > 0 && !this.isAsking) {
      this.isAsking = true;
      text += SYNC;
    }
    if (text !== "") this.write(text);
  }

  private mayGo({ seq, text }: OutboxFrame): boolean {
    const { windowBytes, openRequests } = this.limits;
    if (this.open.size >= openRequests && seq > this.highestSent) return false;
    return this.bytesOnTheWay === 0 || this.bytesOnTheWay + text.length <= windowBytes;
  }

  private sending({ seq, text, opens }: OutboxFrame): string {
    this.bytesOnTheWay += text.length;
    this.sentCount++;
    if (seq > this.highestSent && opens) this.open.add(seq);
    this.highestSent = Math.max(this.highestSent, seq);
    return text;
  }

  private forget(expected: number): void {
    let count = 0;
    for (; count < this.frames.length && this.frames[count]!.seq < expected; count++) {
      if (count < this.sentCount) this.bytesOnTheWay -= this.frames[count]!.text.length;
    }
    this.frames = this.frames.slice(count);
    this.sentCount = Math.max(0, this.sentCount - count);
  }
}
