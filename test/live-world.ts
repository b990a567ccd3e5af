/**
 * A host, an agent and a link that is not good, as one value with moves: small enough to be explored to its end.
 */
import { advance } from "../src/live/session/link.js";
import {
  newLink,
  type Happening,
  type LinkRules,
  type LinkState,
} from "../src/live/session/link-state.js";
import {
  finishFirst,
  newAgent,
  takeDamaged,
  takeFrame,
  type ModelAgent,
  type ModelFrame,
  type ModelTurn,
} from "./live-agent-model.js";

export interface ModelCall {
  readonly payloads: readonly string[];
  readonly deadlineMs: number;
}

interface Numbered {
  readonly seq: number;
  readonly frame: ModelFrame;
}

interface HostFrame {
  readonly seq: number;
  readonly payload: string;
}

export interface World {
  readonly nowMs: number;
  readonly link: LinkState;
  readonly agent: ModelAgent;
  readonly toAgent: readonly HostFrame[];
  readonly toHost: readonly Numbered[];
  /** What others have overtaken. */
  readonly lateToAgent: HostFrame | undefined;
  readonly lateToHost: Numbered | undefined;
  /** The number of the agent's last frame, and of the last that the host has read. */
  readonly framesSent: number;
  readonly framesRead: number;
  readonly callsLeft: readonly ModelCall[];
  readonly faultsLeft: number;
  readonly ticksLeft: number;
  /** How the calls ended, by their numbers. */
  readonly ends: Readonly<Record<number, ModelFrame | string>>;
  /** What each call asks for. */
  readonly texts: Readonly<Record<number, string>>;
  /** Set when something happened that never may. */
  readonly wrong: string | undefined;
}

export interface WorldOptions {
  readonly rules: LinkRules;
  readonly calls: readonly ModelCall[];
  readonly faults: number;
  readonly ticks: number;
  readonly keeps: boolean;
}

export function newWorld({ calls, faults, ticks, keeps }: WorldOptions): World {
  return {
    nowMs: 0,
    link: newLink(0),
    agent: newAgent(keeps),
    toAgent: [],
    toHost: [],
    lateToAgent: undefined,
    lateToHost: undefined,
    framesSent: 0,
    framesRead: 0,
    callsLeft: calls,
    faultsLeft: faults,
    ticksLeft: ticks,
    ends: {},
    texts: {},
    wrong: undefined,
  };
}

/**
 * The next worlds: one for each thing that may happen now. The agent has no clock, so that a frame that is long on its way to it is
 * the same to the host as an answer that is: what the host sent is dealt with before the host does more.
 */
export function movesOf(rules: LinkRules, world: World): readonly World[] {
  const { agent, toAgent, lateToAgent, lateToHost, faultsLeft } = world;
  const next: World[] = [];
  if (agent.pending.length > 0) next.push(agentSays(world, finishFirst(agent)));
  if (lateToAgent) {
    next.push(
      deliverToAgent({ ...world, toAgent: [lateToAgent, ...toAgent], lateToAgent: undefined }),
    );
  }
  if (toAgent.length > 0) {
    next.push(deliverToAgent(world));
    if (faultsLeft > 0) next.push(...faultsToAgent({ ...world, faultsLeft: faultsLeft - 1 }));
    return next;
  }
  if (lateToHost) {
    const toHost = [lateToHost, ...world.toHost];
    next.push(deliverToHost(rules, { ...world, toHost, lateToHost: undefined }));
  }
  if (world.toHost.length > 0) {
    next.push(deliverToHost(rules, world));
    if (faultsLeft > 0) next.push(...faultsToHost(rules, { ...world, faultsLeft: faultsLeft - 1 }));
  }
  if (world.callsLeft.length > 0) next.push(makeCall(rules, world));
  if (world.ticksLeft > 0) next.push(tick(rules, { ...world, ticksLeft: world.ticksLeft - 1 }));
  return next;
}

/** Lost, damaged, doubled, late. */
function faultsToAgent(world: World): readonly World[] {
  const [first, ...toAgent] = world.toAgent;
  return [
    { ...world, toAgent },
    agentSays({ ...world, toAgent }, takeDamaged(world.agent)),
    deliverToAgent({ ...world, toAgent: [first!, ...world.toAgent] }),
    ...(world.lateToAgent ? [] : [{ ...world, toAgent, lateToAgent: first! }]),
  ];
}

function faultsToHost(rules: LinkRules, world: World): readonly World[] {
  const [first, ...toHost] = world.toHost;
  return [
    { ...world, toHost },
    hostHears(rules, { ...world, toHost }, { type: "gap" }),
    deliverToHost(rules, { ...world, toHost: [first!, ...world.toHost] }),
    ...(world.lateToHost ? [] : [{ ...world, toHost, lateToHost: first! }]),
  ];
}

/** What a good link and a good agent do. */
function fairMoves(rules: LinkRules, world: World): readonly World[] {
  return [
    ...(world.toAgent.length > 0 ? [deliverToAgent(world)] : []),
    ...(world.toHost.length > 0 ? [deliverToHost(rules, world)] : []),
    ...(world.agent.pending.length > 0 ? [agentSays(world, finishFirst(world.agent))] : []),
  ];
}

/** One thing that happens where the link is good: everything is delivered before time passes. */
export function fairMove(rules: LinkRules, world: World): World {
  return fairMoves(rules, world)[0] ?? tick(rules, world);
}

export function makeCall(rules: LinkRules, world: World): World {
  const [call, ...callsLeft] = world.callsLeft;
  const made = hostHears(
    rules,
    { ...world, callsLeft },
    { type: "call", context: "main", ...call! },
  );
  const text = call!.payloads.map((payload) => payload.replace(/^\+/, "")).join("");
  return { ...made, texts: { ...made.texts, [made.link.next - 1]: text } };
}

export function tick(rules: LinkRules, world: World): World {
  const later = { ...world, nowMs: world.nowMs + 1 };
  const ticked = hostHears(rules, later, { type: "tick" });
  const { marginMs, graceMs } = rules.timing;
  const late = ticked.link.calls.find(
    ({ latestBeginMs, deadlineMs }) =>
      latestBeginMs !== undefined &&
      later.nowMs > latestBeginMs + deadlineMs + marginMs + graceMs + 1,
  );
  return late ? { ...ticked, wrong: `call ${late.seq} waits beyond its deadline` } : ticked;
}

export function deliverToAgent(world: World): World {
  const [frame, ...toAgent] = world.toAgent;
  return agentSays({ ...world, toAgent }, takeFrame(world.agent, frame!.seq, frame!.payload));
}

function agentSays(world: World, { agent, frames }: ModelTurn): World {
  const numbered = frames.map((frame, at) => ({ seq: world.framesSent + at + 1, frame }));
  return {
    ...world,
    agent,
    toHost: [...world.toHost, ...numbered],
    framesSent: world.framesSent + frames.length,
  };
}

/** As console/framing.ts reads: what is older than what was read is a gap, and so is what was left out. */
export function deliverToHost(rules: LinkRules, world: World): World {
  const [{ seq, frame }, ...toHost] = world.toHost as [Numbered, ...Numbered[]];
  const rest = { ...world, toHost };
  if (seq <= world.framesRead) return hostHears(rules, rest, { type: "gap" });
  const read = { ...rest, framesRead: seq };
  const whole = seq === world.framesRead + 1 ? read : hostHears(rules, read, { type: "gap" });
  return hostHears(rules, whole, happeningOf(frame), frame);
}

function happeningOf({ kind, status = "", expected = 0, got, step = 0 }: ModelFrame): Happening {
  if (kind === "sync") return { type: "sync", expected };
  if (kind === "nak") return { type: "nak", status, expected, got };
  return { type: "reply", seq: step };
}

export function hostHears(
  rules: LinkRules,
  world: World,
  happening: Happening,
  frame?: ModelFrame,
): World {
  const { state, actions } = advance(rules, world.link, { ...happening, nowMs: world.nowMs });
  let next: World = { ...world, link: state };
  for (const action of actions) {
    if (action.type === "write")
      next = { ...next, toAgent: [...next.toAgent, ...framesIn(action.text)] };
    else if (action.type === "answered") next = end(next, action.seq, frame!);
    else if (action.type === "failed") next = end(next, action.seq, action.why);
    else next = { ...next, wrong: action.type };
  }
  return next;
}

function end(world: World, seq: number, how: ModelFrame | string): World {
  const ended = { ...world, ends: { ...world.ends, [seq]: how } };
  if (world.ends[seq] !== undefined) return { ...ended, wrong: `call ${seq} ended twice` };
  if (typeof how === "string") return ended;
  const isRight = how.kind === "reply" && how.step === seq && how.text === world.texts[seq];
  return isRight ? ended : { ...ended, wrong: `call ${seq} was given ${JSON.stringify(how)}` };
}

function framesIn(text: string): readonly HostFrame[] {
  return text.split("\n").flatMap((line) => {
    const [, seq, payload] = /^@kl (\d+) [0-9a-f]{8} (.*)$/.exec(line) ?? [];
    return payload === undefined ? [] : [{ seq: Number(seq), payload }];
  });
}

/** Whether something was carried out that was not asked for, or twice. */
export function isCarriedOutWrongly({ agent, texts }: World): boolean {
  const asked = Object.values(texts);
  return (
    new Set(agent.done).size < agent.done.length || !agent.done.every((one) => asked.includes(one))
  );
}

/** Equal for worlds in which the same can happen: times and numbers count from now. */
export function keyOf(world: World): string {
  const { link, nowMs, framesSent } = world;
  const age = (ms: number | undefined): number | undefined =>
    ms === undefined ? undefined : Math.max(ms - nowMs, -30);
  return JSON.stringify([
    world.toAgent,
    world.toHost.map(({ seq, frame }) => [seq - framesSent, frame]),
    world.lateToAgent,
    world.lateToHost && [world.lateToHost.seq - framesSent, world.lateToHost.frame],
    world.framesRead - framesSent,
    world.agent,
    world.callsLeft.length,
    world.faultsLeft,
    world.ticksLeft,
    world.ends,
    link.frames.length,
    link.sentCount,
    link.highestSent,
    link.calls.map(({ seq, begunMs, latestBeginMs, overdueMs, isSuspect, againMs }) => [
      ...[seq, age(begunMs), age(latestBeginMs), age(overdueMs), isSuspect, age(againMs)],
    ]),
    [link.back.seq, link.back.count, age(link.back.fromMs)],
    link.inquiry && [age(link.inquiry.askedMs), link.inquiry.behind, link.inquiry.halts],
    ...[age(link.gapMs), age(link.heardMs), age(link.sentMs), age(link.arrivedMs)],
  ]);
}
