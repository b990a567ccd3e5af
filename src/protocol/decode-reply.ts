import * as z from "zod";

/**
 * One structured line that came back from the guest, as it is recorded: plain JSON. Integers beyond ±(2^53−1) are decimal
 * strings.
 */
export interface Observation {
  /** Of the frame; null for a bare line of a user's own program. */
  readonly seq: number | null;
  /** Which step it answers; null for what answers none (hello, end, foreign lines of the console). */
  readonly stepId: number | null;
  /** The step's name; else the kind. */
  readonly name: string;
  /** `hello`, `end`, `output`, `error`, `nak`, `sync`, the operation of a step (`syscall`, `sysctl` …), or a foreign probe's word. */
  readonly kind: string;
  readonly status: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly meta: Readonly<Record<string, unknown>>;
  /** Whether it came in a frame with sequence number and CRC. */
  readonly framed: boolean;
}

const lineSchema = z.object({
  kind: z.string().min(1).max(64),
  status: z.string().max(64),
  data: z.record(z.string(), z.unknown()),
  meta: z.record(z.string(), z.unknown()),
});

/** Kinds that pass something on while their step still runs; they carry its number and are not its reply. */
const PASSING = new Set(["output", "part"]);

/** What the parts of one step may add up to; a guest that sends more is cut. */
const PARTS_LIMIT = 8 * 1024 * 1024;

/** The kinds that end a step: one comes for each. */
export function isReply(observation: Observation): boolean {
  return observation.stepId !== null && !PASSING.has(observation.kind);
}

/** What a reply's number means. */
interface NamedStep {
  readonly id: number;
  readonly name: string;
}

/**
 * Makes observations of the payloads of frames, in their order. Long replies come in parts: those are kept until the reply
 * that they belong to.
 *
 * @example
 * const replies = new ReplyReader(plan.steps);
 * const observation = replies.read(frame.seq, frame.payload);
 */
export class ReplyReader {
  private readonly names: ReadonlyMap<number, string>;
  private readonly parts = new Map<number, Parts>();

  constructor(steps: readonly NamedStep[]) {
    this.names = new Map(steps.map(({ id, name }) => [id, name]));
  }

  /** undefined while more parts of a reply are to come. A payload that is none of ours is an `error` observation. */
  read(seq: number, payload: string): Observation | undefined {
    const line = parseLine(payload);
    if (line === undefined) return unreadable(seq, payload);
    const step = line.data["step"];
    const stepId = typeof step === "number" ? step : null;
    if (line.kind === "part" && stepId !== null) {
      this.keepPart(stepId, line.data);
      return undefined;
    }
    const name = (stepId === null ? undefined : this.names.get(stepId)) ?? line.kind;
    if (stepId === null || PASSING.has(line.kind)) {
      return { seq, stepId, name, ...line, data: decodeTexts(line.data), framed: true };
    }
    const parts = this.parts.get(stepId) ?? { count: 0, texts: new Map<string, string>() };
    this.parts.delete(stepId);
    const sent = Number(line.meta["parts"] ?? 0);
    if (parts.count < sent) return partsMissing(seq, stepId, name, line, sent - parts.count);
    const data = decodeTexts(joinParts(parts.texts, line.data));
    return { seq, stepId, name, ...line, data, framed: true };
  }

  private keepPart(stepId: number, data: Readonly<Record<string, unknown>>): void {
    const of = String(data["of"]);
    const text = String(data["text"]);
    const parts = this.parts.get(stepId) ?? { count: 0, texts: new Map<string, string>() };
    const before = parts.texts.get(of) ?? "";
    if (before.length + text.length <= PARTS_LIMIT) parts.texts.set(of, before + text);
    parts.count++;
    this.parts.set(stepId, parts);
  }
}

/** What has come of a reply before the reply itself. */
interface Parts {
  count: number;
  readonly texts: Map<string, string>;
}

type Line = z.infer<typeof lineSchema>;

function joinParts(texts: ReadonlyMap<string, string>, data: Line["data"]): Line["data"] {
  const joined: Record<string, unknown> = { ...data };
  for (const [of, text] of texts) {
    const rest = joined[of];
    joined[of] = text + (typeof rest === "string" ? rest : "");
  }
  return joined;
}

/** A reply without some of its parts would be a wrong one. */
function partsMissing(
  seq: number,
  stepId: number,
  name: string,
  { kind, meta }: Line,
  count: number,
): Observation {
  const reason = `${count} of the ${String(meta["parts"])} parts of the reply are missing`;
  const data = { step: stepId, reason };
  return { seq, stepId, name, kind, status: "lost", data, meta, framed: true };
}

function parseLine(payload: string): Line | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}

/** The CRC was right, so this is what the agent wrote: a defect of the agent, shown and not hidden. */
function unreadable(seq: number, payload: string): Observation {
  const data = { text: payload.slice(0, 200) };
  return {
    seq,
    stepId: null,
    name: "error",
    kind: "error",
    status: "unreadable",
    data,
    meta: {},
    framed: true,
  };
}

/** Guest bytes travel as one character a byte. Where they are UTF-8 the text is given, else the characters stay. */
function decodeTexts(data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const decoded: Record<string, unknown> = { ...data };
  for (const field of ["text", "content", "value", "before", "after"]) {
    const raw = decoded[field];
    if (typeof raw !== "string" || !/[\x80-\xff]/.test(raw)) continue;
    try {
      decoded[field] = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(raw, "latin1"));
    } catch {
      decoded["encoding"] = "latin1";
    }
  }
  return decoded;
}
