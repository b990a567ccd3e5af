/**
 * The host's frames on their way to the agent: numbered, held back where a serial port would lose them, kept until they are known
 * to have arrived, and sent again from where one is missing.
 */
import { encodeFrame } from "../../console/framing.js";
import type { LinkState, OutFrame, Turn } from "./link-state.js";

const SYNC = `${encodeFrame(0, "sync")}\n`;

/** Numbers payloads; the last one's number is the request's. */
export function addFrames({ link }: Turn, payloads: readonly string[]): void {
  const added = payloads.map((payload, index) => {
    const seq = link.next + index;
    return { seq, text: `${encodeFrame(seq, payload)}\n` };
  });
  link.frames = link.frames.concat(added);
  link.next += payloads.length;
}

/** Whether this frame is known to have arrived. */
export function hasArrived({ frames, next }: LinkState, seq: number): boolean {
  return seq < (frames[0]?.seq ?? next);
}

/** How many calls have lower numbers: where the call of this number is, if there is one. They are in order. */
export function indexOfCall({ calls }: LinkState, seq: number): number {
  let low = 0;
  for (let high = calls.length; low < high;) {
    const middle = (low + high) >> 1;
    if (calls[middle]!.seq < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Everything below `expected` has arrived. */
export function noteArrival({ link, nowMs }: Turn, expected: number): void {
  const behind = link.frames.findIndex(({ seq }) => seq >= expected);
  const count = behind < 0 ? link.frames.length : behind;
  if (count === 0) return;
  link.frames = link.frames.slice(count);
  link.sentCount = Math.max(0, link.sentCount - count);
  link.arrivedMs = link.sentMs = nowMs;
}

/**
 * All that are not known to have arrived go again: at once, and after longer and longer pauses where the same one is lost again,
 * so that a link that never lets it through is not filled with it.
 */
export function goBack({ link, nowMs, rules }: Turn): void {
  const { settleMs, stallMs } = rules.timing;
  const seq = link.frames[0]?.seq ?? link.next;
  const count = seq === link.back.seq ? link.back.count + 1 : 0;
  const pauseMs = count === 0 ? 0 : Math.min(stallMs, settleMs * 2 ** (count - 1));
  link.back = { seq, count, fromMs: nowMs + pauseMs };
  link.sentCount = 0;
}

/** Something may be lost: asks the agent where it is. The empty line ends whatever half a line may have come before. */
export function inquire(turn: Turn): void {
  const { link } = turn;
  link.gapMs = undefined;
  ask(turn, true);
  turn.text += `\n${SYNC}`;
}

/** Frames and questions that are not known to have arrived, those of this turn included. */
export function bytesUnderWay({ link, text }: Turn): number {
  const frames = link.frames.slice(0, link.sentCount);
  return frames.reduce((sum, one) => sum + one.text.length, Math.max(text.length, link.againBytes));
}

export function sendWhatMayGo(turn: Turn): void {
  const { link, rules } = turn;
  if (link.sentCount === link.frames.length) return;
  if (link.inquiry?.halts || turn.nowMs < link.back.fromMs) return;
  let bytes = bytesUnderWay(turn);
  let open = indexOfCall(link, link.highestSent + 1);
  let isFull = false;
  for (let frame = link.frames[link.sentCount]; frame; frame = link.frames[link.sentCount]) {
    const isNew = frame.seq > link.highestSent;
    if (isNew && open >= rules.openRequests) break;
    isFull = bytes > 0 && bytes + frame.text.length > rules.windowBytes;
    if (isFull) break;
    if (isNew && link.calls[indexOfCall(link, frame.seq)]?.seq === frame.seq) open++;
    bytes += frame.text.length;
    send(turn, frame);
  }
  // What holds the others back may take long to be answered: the agent is asked whether it has arrived.
  const isHeldBack = link.sentCount < link.frames.length && (isFull || link.sentCount > 0);
  if (isHeldBack && !link.inquiry) {
    ask(turn, false);
    turn.text += SYNC;
  }
}

function send(turn: Turn, { seq, text }: OutFrame): void {
  const { link, nowMs } = turn;
  turn.text += text;
  if (link.sentCount === 0) link.sentMs = nowMs;
  link.sentCount++;
  link.highestSent = Math.max(link.highestSent, seq);
}

function ask({ link, nowMs }: Turn, halts: boolean): void {
  const behind = link.frames[link.sentCount - 1]?.seq ?? (link.frames[0]?.seq ?? link.next) - 1;
  link.inquiry = { askedMs: nowMs, behind, halts };
}
