/**
 * The agent's side of the live channel as a pure model (agent/live.c, docs/probe-protocol.md, "Live"), for exploring the host's
 * side. `live-agent-model.process.test.ts` holds it against the real agent.
 */

/** A frame of the agent's, without its number. */
export interface ModelFrame {
  readonly kind: "sync" | "nak" | "piece" | "reply";
  readonly status?: string;
  readonly expected?: number;
  readonly got?: number;
  readonly step?: number;
  /** Of a reply: what was carried out, and how many requests had been before it. */
  readonly text?: string;
  readonly before?: number;
}

export interface ModelAgent {
  readonly expected: number;
  /** The number for which a gap was complained of. */
  readonly complained: number;
  readonly assembled: string;
  /** What was taken and is not answered yet, in order. */
  readonly pending: readonly { readonly step: number; readonly text: string }[];
  /** Everything that was carried out, in order. */
  readonly done: readonly string[];
  readonly kept: readonly ModelFrame[];
  /** Whether replies are short enough to be kept for a host that asks again. */
  readonly keeps: boolean;
}

export function newAgent(keeps = true): ModelAgent {
  return { expected: 1, complained: 0, assembled: "", pending: [], done: [], kept: [], keeps };
}

export interface ModelTurn {
  readonly agent: ModelAgent;
  readonly frames: readonly ModelFrame[];
}

/** A line that is no whole frame. */
export function takeDamaged(agent: ModelAgent): ModelTurn {
  const frame: ModelFrame = { kind: "nak", status: "damaged", expected: agent.expected };
  return { agent: { ...agent, complained: agent.expected }, frames: [frame] };
}

export function takeFrame(agent: ModelAgent, seq: number, payload: string): ModelTurn {
  const { expected, kept, pending } = agent;
  const nak = (status: string): ModelFrame => ({ kind: "nak", status, expected, got: seq });
  if (seq === 0) return { agent, frames: [{ kind: "sync", expected }] };
  if (seq < expected) {
    const reply = kept.find(({ step }) => step === seq);
    const isPending = pending.some(({ step }) => step === seq);
    return { agent, frames: [reply ?? nak(isPending ? "in-progress" : "expired")] };
  }
  if (seq > expected) {
    const frames = agent.complained === expected ? [] : [nak("gap")];
    return { agent: { ...agent, complained: expected }, frames };
  }
  if (payload.startsWith("+")) {
    const frame: ModelFrame = { kind: "piece", step: seq };
    const assembled = agent.assembled + payload.slice(1);
    const next = { ...agent, expected: seq + 1, assembled, kept: [...kept, frame] };
    return { agent: next, frames: [frame] };
  }
  const request = { step: seq, text: agent.assembled + payload };
  const next = { ...agent, expected: seq + 1, assembled: "", pending: [...pending, request] };
  return { agent: next, frames: [] };
}

/** The first of what is pending is carried out and answered. */
export function finishFirst(agent: ModelAgent): ModelTurn {
  const [first, ...pending] = agent.pending;
  if (!first) return { agent, frames: [] };
  const reply: ModelFrame = { kind: "reply", ...first, before: agent.done.length };
  const kept = agent.keeps ? [...agent.kept, reply] : agent.kept;
  return { agent: { ...agent, pending, done: [...agent.done, first.text], kept }, frames: [reply] };
}
