/**
 * The host's end of the live channel as a pure machine: a state and an event give the next state and what to do
 * (docs/probe-protocol.md, "Live"). It has no clock and no stream: times are numbers in events, bytes are text in actions.
 * `test/live-exhaustive.test.ts` explores it with an agent and a link that loses, doubles, damages and reorders.
 *
 * What holds, whatever comes:
 * - a call ends once, answered or failed, at the latest `latestBeginMs` + its deadline + margin + grace;
 * - a frame that is known to be missing goes again, and with it all behind it, since the agent takes them in order only;
 * - a question that is not answered is asked again, also while other things are heard.
 */
import { encodeFrame } from "../../console/framing.js";
import {
  addFrames,
  bytesUnderWay,
  goBack,
  hasArrived,
  indexOfCall,
  inquire,
  noteArrival,
  sendWhatMayGo,
} from "./link-frames.js";
import type {
  Happening,
  LinkAction,
  LinkCall,
  LinkEvent,
  LinkRules,
  LinkState,
  Turn,
} from "./link-state.js";

/** The state after the event, and what is to be done, in order. Pure. */
export function advance(
  rules: LinkRules,
  state: LinkState,
  event: LinkEvent,
): { readonly state: LinkState; readonly actions: readonly LinkAction[] } {
  const turn: Turn = { rules, nowMs: event.nowMs, link: { ...state }, text: "", actions: [] };
  react(turn, event);
  sendWhatMayGo(turn);
  const { link, text, actions } = turn;
  return { state: link, actions: text === "" ? actions : [{ type: "write", text }, ...actions] };
}

function react(turn: Turn, event: Happening): void {
  const { link, nowMs } = turn;
  switch (event.type) {
    case "attach":
      link.attachTries = 1;
      inquire(turn);
      return;
    case "call":
      addCall(turn, event);
      return;
    case "gap":
      link.gapMs ??= link.calls.length > 0 ? nowMs : undefined;
      link.calls = link.calls.map((call) => (wasSent(turn, call) ? markSuspect(call) : call));
      return;
    case "tick":
      checkTimes(turn);
      return;
    case "sync":
      link.heardMs = nowMs;
      takeSync(turn, event.expected);
      return;
    case "nak":
      link.heardMs = nowMs;
      takeNak(turn, event);
      return;
    case "reply":
    case "output":
      link.heardMs = nowMs;
      takeReply(turn, event.seq, event.type === "reply");
  }
}

/** What comes of a step says that its request has arrived, and all before it. */
function takeReply(turn: Turn, seq: number, isLast: boolean): void {
  const { next } = turn.link;
  if (seq >= next) {
    const found = `a reply to request ${seq} came, ours go up to ${next - 1}`;
    turn.actions.push({ type: "second-writer", found });
    return;
  }
  noteArrival(turn, seq + 1);
  if (!isLast || !callOf(turn, seq)) return;
  endCall(turn, seq);
  turn.actions.push({ type: "answered", seq });
}

function addCall(
  turn: Turn,
  { payloads, context, deadlineMs }: Extract<Happening, { readonly type: "call" }>,
): void {
  const { link } = turn;
  addFrames(turn, payloads);
  const isFirst = !link.calls.some((call) => call.context === context);
  const call: LinkCall = {
    seq: link.next - 1,
    context,
    deadlineMs,
    begunMs: undefined,
    latestBeginMs: undefined,
    overdueMs: undefined,
    isSuspect: false,
    againMs: undefined,
  };
  link.calls = link.calls.concat(isFirst ? begin(turn, call) : call);
}

/** A step's time begins when those before it in its context are over, and the frames up to its own have had time to arrive. */
function begin({ link, nowMs, rules }: Turn, call: LinkCall): LinkCall {
  const ahead = link.frames.filter(({ seq }) => seq <= call.seq);
  const bytes = ahead.reduce((sum, { text }) => sum + text.length, 0);
  return { ...call, begunMs: nowMs, latestBeginMs: nowMs + bytes * rules.timing.byteMs };
}

function endCall(turn: Turn, seq: number): void {
  const { link } = turn;
  const at = indexOfCall(link, seq);
  const ended = link.calls[at];
  if (ended?.seq !== seq) return;
  const next = link.calls.findIndex((call, index) => index > at && call.context === ended.context);
  const calls = [...link.calls];
  if (next >= 0 && calls[next]!.begunMs === undefined) calls[next] = begin(turn, calls[next]!);
  calls.splice(at, 1);
  link.calls = calls;
}

function takeSync(turn: Turn, expected: number): void {
  const { link } = turn;
  if (link.attachTries !== undefined) {
    link.attachTries = link.inquiry = undefined;
    link.next = expected;
    link.highestSent = expected - 1;
    turn.actions.push({ type: "attached" });
    return;
  }
  if (expected > link.next) {
    const found = `the agent expects request ${expected}, ours is ${link.next}`;
    turn.actions.push({ type: "second-writer", found });
    return;
  }
  const { inquiry } = link;
  link.inquiry = undefined;
  noteArrival(turn, expected);
  // The agent was asked behind these frames: what it does not have by now is lost.
  if (inquiry && expected <= inquiry.behind) goBack(turn);
  if (!inquiry) return;
  link.againBytes = 0;
  askForLost(turn);
}

function takeNak(
  turn: Turn,
  { status, expected, got }: Extract<Happening, { readonly type: "nak" }>,
): void {
  const { link } = turn;
  if (link.attachTries !== undefined || expected > link.next) return;
  noteArrival(turn, expected);
  const call = got === undefined ? undefined : callOf(turn, got);
  if (status === "expired" && call) fail(turn, call, "expired");
  if (status === "in-progress" && call) {
    link.calls = replaced(link.calls, { ...call, isSuspect: false, againMs: undefined });
  }
  // A later frame came in the place of the expected one: that says all that the agent was asked.
  if (status === "gap" && expected <= link.highestSent) {
    link.inquiry = undefined;
    goBack(turn);
  }
  // A frame of ours, or noise: only the agent can tell.
  if (status === "damaged") inquire(turn);
}

/**
 * Asks for the replies that may have been lost, of requests that have arrived: only those are never carried out by that. As many
 * at once as the window has room for; the others wait for the next time.
 */
function askForLost(turn: Turn): void {
  const { link, nowMs, rules } = turn;
  for (const call of link.calls.filter((one) => mayBeLost(turn, one))) {
    const text = `${encodeFrame(call.seq, "again")}\n`;
    const bytes = bytesUnderWay(turn);
    if (bytes > 0 && bytes + text.length > rules.windowBytes) {
      link.gapMs = nowMs;
      return;
    }
    turn.text += text;
    link.againBytes += text.length;
    link.calls = replaced(link.calls, { ...call, againMs: nowMs });
  }
}

/** Whether its reply is to be asked for: it was not yet, or the answer to that did not come either. */
function mayBeLost({ link, rules, nowMs }: Turn, { seq, isSuspect, againMs }: LinkCall): boolean {
  if (!isSuspect || !hasArrived(link, seq)) return false;
  return againMs === undefined || nowMs - againMs >= rules.timing.stallMs;
}

function checkTimes(turn: Turn): void {
  const { link, nowMs } = turn;
  const { attachMs, attachTries } = turn.rules.timing;
  if (link.attachTries !== undefined) {
    if (nowMs - link.inquiry!.askedMs < attachMs) return;
    link.attachTries++;
    if (link.attachTries <= attachTries) inquire(turn);
    else turn.actions.push({ type: "not-attached", waitedMs: attachMs * attachTries });
    return;
  }
  if (isInquiryDue(turn)) inquire(turn);
  checkDeadlines(turn);
}

function isInquiryDue(turn: Turn): boolean {
  const { link, nowMs } = turn;
  const { settleMs, stallMs } = turn.rules.timing;
  if (link.inquiry) return nowMs - link.inquiry.askedMs >= stallMs;
  // What is still on its way comes first.
  if (link.gapMs !== undefined) return nowMs - link.gapMs >= settleMs;
  if (link.sentCount > 0 && nowMs - link.sentMs >= stallMs) return true;
  // The number of the answer shows what was lost with nothing behind it.
  const isQuiet = nowMs - Math.max(link.heardMs, link.sentMs) >= stallMs;
  return (isQuiet && link.calls.length > 0) || link.calls.some((call) => mayBeLost(turn, call));
}

function checkDeadlines(turn: Turn): void {
  const { link, nowMs } = turn;
  const { marginMs, graceMs } = turn.rules.timing;
  link.calls = link.calls.map((call) => withBegin(turn, call));
  const isLate = ({ begunMs, deadlineMs, overdueMs }: LinkCall): boolean =>
    overdueMs === undefined && begunMs !== undefined && nowMs >= begunMs + deadlineMs + marginMs;
  if (link.calls.some(isLate)) {
    link.calls = link.calls.map((call) =>
      isLate(call) ? { ...markSuspect(call), overdueMs: nowMs } : call,
    );
    inquire(turn);
  }
  for (const call of link.calls) {
    if (call.overdueMs === undefined || nowMs < call.overdueMs + graceMs) continue;
    fail(turn, call, link.heardMs > call.overdueMs ? "late" : "silent");
  }
}

/** While frames before its own arrive, its step has not begun, within bounds. */
function withBegin({ link }: Turn, call: LinkCall): LinkCall {
  const { begunMs, latestBeginMs, seq } = call;
  if (begunMs === undefined || latestBeginMs === undefined || hasArrived(link, seq)) return call;
  return { ...call, begunMs: Math.min(latestBeginMs, Math.max(begunMs, link.arrivedMs)) };
}

function fail(turn: Turn, call: LinkCall, why: "expired" | "late" | "silent"): void {
  const waitedMs = Math.round(turn.nowMs - (call.begunMs ?? turn.nowMs));
  endCall(turn, call.seq);
  turn.actions.push({ type: "failed", seq: call.seq, why, waitedMs });
}

function markSuspect(call: LinkCall): LinkCall {
  return { ...call, isSuspect: true, againMs: undefined };
}

function wasSent({ link }: Turn, { seq }: LinkCall): boolean {
  return seq <= link.highestSent;
}

function callOf({ link }: Turn, seq: number): LinkCall | undefined {
  const call = link.calls[indexOfCall(link, seq)];
  return call?.seq === seq ? call : undefined;
}

function replaced(calls: readonly LinkCall[], by: LinkCall): readonly LinkCall[] {
  return calls.map((call) => (call.seq === by.seq ? by : call));
}
