/**
 * The live channel explored: every interleaving of what a host, an agent and a link that loses, doubles, damages and reorders
 * frames can do, for few frames and few faults, in both directions and at every position.
 */
import { expect, test } from "vitest";
import type { LinkRules } from "../src/live/session/link-state.js";
import {
  deliverToAgent,
  deliverToHost,
  fairMove,
  hostHears,
  tick,
  isCarriedOutWrongly,
  keyOf,
  makeCall,
  movesOf,
  newWorld,
  type World,
  type WorldOptions,
} from "./live-world.js";

const rules: LinkRules = {
  windowBytes: 45,
  openRequests: 2,
  timing: {
    tickMs: 1,
    settleMs: 1,
    stallMs: 2,
    marginMs: 1,
    graceMs: 2,
    byteMs: 0.01,
    attachMs: 1,
    attachTries: 1,
  },
};

const calls = (deadlineMs: number, ...texts: readonly (readonly string[])[]) =>
  texts.map((payloads) => ({ payloads, deadlineMs }));
const SHORT_MS = 2;
/** So long that no call ends by its deadline where the link is good. */
const LONG_MS = 1_000;
const [one, two] = [["a"], ["b"]];
const inPieces = ["+c", "d"];

/** In ticks, from when the link is good: what is asked for again, and that again. */
const SOON = 4;

const byDeadline = (how: unknown): boolean => how === "late" || how === "silent";

interface Explored {
  readonly worlds: number;
  readonly mostTicks: number;
}

/** Every world that can be, and from each of them how it goes on where the link is good. */
function explore(options: WorldOptions): Explored {
  const seen = new Set<string>();
  const ticksFrom = new Map<string, number>();
  const stack: World[] = [newWorld(options)];
  let mostTicks = 0;
  for (let world = stack.pop(); world; world = stack.pop()) {
    const key = keyOf(world);
    if (seen.has(key)) continue;
    seen.add(key);
    requireRight(world);
    const ticks = ticksUntilDone(options, asGood(options, world), ticksFrom);
    mostTicks = Math.max(mostTicks, ticks);
    stack.push(...movesOf(options.rules, world));
  }
  return { worlds: seen.size, mostTicks };
}

function requireRight(world: World): void {
  const wrong = world.wrong ?? (isCarriedOutWrongly(world) ? "carried out wrongly" : undefined);
  if (wrong !== undefined) throw new Error(`${wrong} in ${JSON.stringify(world, null, 1)}`);
}

/** From here on everything is delivered; another call is made. */
function asGood({ rules }: WorldOptions, world: World): World {
  const last = { payloads: ["last"], deadlineMs: LONG_MS };
  const late = { lateToAgent: undefined, lateToHost: undefined };
  return makeCall(rules, { ...world, ...late, faultsLeft: 0, ticksLeft: 0, callsLeft: [last] });
}

/** @returns how many ticks it takes until every call has its answer, as it must. */
function ticksUntilDone(
  { rules, calls }: WorldOptions,
  from: World,
  known: Map<string, number>,
): number {
  const passed: { readonly key: string; readonly atMs: number }[] = [];
  let world = from;
  for (;;) {
    requireRight(world);
    const key = keyOf(world);
    const left = isDone(world, calls) ? 0 : known.get(key);
    if (left !== undefined) {
      const endMs = world.nowMs + left;
      for (const one of passed) known.set(one.key, endMs - one.atMs);
      return endMs - from.nowMs;
    }
    passed.push({ key, atMs: world.nowMs });
    if (world.nowMs - from.nowMs > 100)
      throw new Error(`no end: ${JSON.stringify(world, null, 1)}`);
    world = fairMove(rules, world);
  }
}

function isDone({ link, ends, texts }: World, made: WorldOptions["calls"]): boolean {
  if (link.calls.length > 0) return false;
  expect(link.frames).toEqual([]);
  const isLong = made.every(({ deadlineMs }) => deadlineMs === LONG_MS);
  for (const [seq, how] of Object.entries(ends)) {
    if (isLong || texts[Number(seq)] === "last") expect(byDeadline(how)).toBe(false);
  }
  return true;
}

const base: WorldOptions = { rules, calls: [], faults: 0, ticks: 0, keeps: true };

test.each<[string, Partial<WorldOptions>]>([
  ["one call and a fault, with time passing", { calls: calls(LONG_MS, one), faults: 1, ticks: 6 }],
  ["one call and three faults", { calls: calls(LONG_MS, one), faults: 3, ticks: 2 }],
  ["two calls and a fault", { calls: calls(LONG_MS, one, two), faults: 1, ticks: 3 }],
  ["two calls and two faults", { calls: calls(LONG_MS, one, two), faults: 2, ticks: 1 }],
  ["a call in pieces and two faults", { calls: calls(LONG_MS, inPieces), faults: 2, ticks: 2 }],
  [
    "replies that cannot be had again",
    { calls: calls(LONG_MS, one, two), faults: 2, ticks: 1, keeps: false },
  ],
])("a good link soon answers every call, whatever was before: %s", (_, options) => {
  const { worlds, mostTicks } = explore({ ...base, ...options });
  expect(worlds).toBeGreaterThan(1_000);
  expect(mostTicks).toBeLessThanOrEqual(SOON);
});

test.each<[string, Partial<WorldOptions>]>([
  ["one call and a fault", { calls: calls(SHORT_MS, one), faults: 1, ticks: 6 }],
  ["two calls and a fault", { calls: calls(SHORT_MS, one, two), faults: 1, ticks: 3 }],
])("a call ends by its deadline, answered or failed, and once: %s", (_, options) => {
  expect(explore({ ...base, ...options }).worlds).toBeGreaterThan(1_000);
});

test("a question that was lost is asked again, though a program prints all the time", () => {
  const options = { ...base, calls: calls(LONG_MS, one, two) };
  let world = fairMove(rules, makeCall(rules, newWorld(options)));
  world = { ...makeCall(rules, world), toAgent: [] };
  const spoken = (): void => void (world = hostHears(rules, world, { type: "output", seq: 1 }));
  for (let ticks = 0; world.toAgent.length === 0; ticks++) {
    expect(ticks).toBeLessThanOrEqual(SOON);
    world = tick(rules, world);
    spoken();
  }
  world = { ...world, toAgent: [] };
  for (let ticks = 0; world.agent.expected <= 2; ticks++) {
    expect(ticks).toBeLessThanOrEqual(SOON);
    world = tick(rules, world);
    spoken();
    while (world.toAgent.length > 0) world = deliverToAgent(world);
    while (world.toHost.length > 0) world = deliverToHost(rules, world);
  }
});

/** Frames by what they are for. */
const kinds = ["data", "sync", "again", "answer", "nak", "reply"] as const;
type Kind = (typeof kinds)[number];

const kindToAgent = ({ seq, payload }: World["toAgent"][number]): Kind =>
  seq === 0 ? "sync" : payload === "again" ? "again" : "data";
const kindToHost = ({ frame }: World["toHost"][number]): Kind =>
  frame.kind === "sync" ? "answer" : frame.kind === "nak" ? "nak" : "reply";

/** Kinds that are lost for ever, from the given frame on. */
function withoutKinds(world: World, lost: ReadonlySet<Kind>): World {
  return {
    ...world,
    toAgent: world.toAgent.filter((frame) => !lost.has(kindToAgent(frame))),
    toHost: world.toHost.filter((frame) => !lost.has(kindToHost(frame))),
  };
}

const subsets = Array.from({ length: 2 ** kinds.length }, (_, bits) =>
  kinds.filter((__, at) => bits & (1 << at)),
);

test.each(subsets.map((lost) => [lost.join(", ") || "nothing", new Set(lost)] as const))(
  "every call ends by its deadline though these are lost for ever, and a good link answers the next: %s",
  (_, lost) => {
    const options = { ...base, calls: calls(SHORT_MS, one, inPieces, two) };
    let world = newWorld(options);
    while (world.callsLeft.length > 0) world = withoutKinds(makeCall(rules, world), lost);
    const texts = Object.keys(world.texts).length;
    for (let steps = 0; world.link.calls.length > 0; steps++) {
      requireRight(world);
      expect(steps).toBeLessThan(1_000);
      world = withoutKinds(fairMove(rules, world), lost);
    }
    expect(Object.keys(world.ends)).toHaveLength(texts);
    const ticks = ticksUntilDone(options, asGood(options, world), new Map());
    expect(ticks).toBeLessThanOrEqual(SOON);
  },
);
