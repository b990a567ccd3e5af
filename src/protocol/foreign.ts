import * as z from "zod";
import type { Observation } from "./decode-reply.js";
import type { ForeignMatch } from "./step.js";

/** What a user's own probe prints. `data` and `meta` may be missing; other fields are kept in `meta`. */
const foreignSchema = z.looseObject({
  kind: z.string().min(1).max(64),
  status: z.string().max(64),
  data: z.record(z.string(), z.unknown()).default({}),
  meta: z.record(z.string(), z.unknown()).default({}),
});

const LINE_LIMIT = 16_384;

/**
 * The observation in a bare JSON line of a user's own program, wherever in the line it begins; undefined when there is none.
 *
 * @param framed true when the line came through a `program` step's output frames, false when from the bare console
 * @example parseForeignLine('{"kind":"zig-probe","status":"syscall_error","data":{"errno":45},"meta":{}}', false)
 */
export function parseForeignLine(line: string, framed: boolean): Observation | undefined {
  const from = line.search(/\{\s*"/);
  const to = line.lastIndexOf("}");
  if (from < 0 || to < from || line.length > LINE_LIMIT) return undefined;
  const parsed = parseJson(line.slice(from, to + 1));
  if (parsed === undefined) return undefined;
  const { kind, status, data, meta, ...rest } = parsed;
  return {
    seq: null,
    stepId: null,
    name: kind,
    kind,
    status,
    data,
    meta: { ...rest, ...meta },
    framed,
  };
}

/** Whether a line is the one that a `foreign` step means. */
export function matchesForeign(match: ForeignMatch, seen: Observation): boolean {
  if (match.kind !== seen.kind) return false;
  if (match.status !== undefined && match.status !== seen.status) return false;
  return Object.entries(match.data ?? {}).every(
    ([field, value]) => Object.hasOwn(seen.data, field) && seen.data[field] === value,
  );
}

/**
 * What is said where no line is the one that is meant: in what the line of its kind that comes nearest is different.
 *
 * @example "no such line; one of kind zig-probe has data.syscall missing"
 */
export function nearMatch(match: ForeignMatch, lines: readonly Observation[]): string {
  const [nearest] = lines
    .filter(({ kind }) => kind === match.kind)
    .map((line) => differences(match, line))
    .sort((a, b) => a.length - b.length);
  if (nearest === undefined) return "no such line";
  return `no such line; one of kind ${match.kind} has ${nearest.join(", ")}`;
}

function differences({ status, data = {} }: ForeignMatch, seen: Observation): readonly string[] {
  const fields = Object.entries(data)
    .filter(([field, value]) => !(Object.hasOwn(seen.data, field) && seen.data[field] === value))
    .map(([field, value]) => {
      const found = seen.data[field];
      if (found === undefined) return `data.${field} missing`;
      return `data.${field} ${shown(found)}, not ${shown(value)}`;
    });
  if (status === undefined || status === seen.status) return fields;
  return [`status ${shown(seen.status)}, not ${shown(status)}`, ...fields];
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 24 ? `${text.slice(0, 23)}…` : text;
}

function parseJson(text: string): z.infer<typeof foreignSchema> | undefined {
  try {
    return foreignSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
