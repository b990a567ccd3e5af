import { limits } from "./limits.js";
import { buffersOf } from "./buffers.js";
import { stepError } from "./step-check.js";
import type {
  Argument,
  BlockStep,
  Call,
  ForeignStep,
  GuestBuffer,
  Step,
  SysctlSetStep,
} from "./step.js";

/** What one line can ask of the agent: a step that is no block, or something that only the encoder or a live host needs. */
export type Request =
  | Exclude<Step, BlockStep | ForeignStep | SysctlSetStep>
  /** What the sysctl was is kept in the slot, if there is one, for `sysctl-restore`. */
  | (SysctlSetStep & { readonly slot?: number })
  | { readonly kind: "sysctl-restore"; readonly name: string; readonly slot: number }
  /** Lists all sysctls below one. */
  | {
      readonly kind: "sysctl-tree";
      readonly name: string;
      readonly sysctl: string;
      readonly deadlineMs?: number;
    }
  | { readonly kind: "spawn"; readonly process: string }
  | { readonly kind: "start-thread"; readonly thread: string }
  | { readonly kind: "hello" };

export interface RequestPlace {
  /** `main`, `process` or `process/thread`. Default `main`. */
  readonly context?: string;
  /** Ids of steps that must be over first. In the live transport a request's id is its sequence number. */
  readonly after?: readonly number[];
  /** Ids of earlier syscall steps of this context by name, for `resultOf`. */
  readonly results?: ReadonlyMap<string, number>;
  /** The agent says nothing on the console before this step. */
  readonly quiet?: boolean;
}

/** What a step gets that names no deadline. */
export const DEFAULT_DEADLINE_MS = 10_000;

/**
 * One request as text, without its id: `context after deadlineMs name operation operands…`.
 *
 * @throws LaneError `step-result-unknown`, `step-line-too-long`
 * @example encodeRequest(syscall({ nr: 468, args: [1] })) // "main - 10000 syscall%20468(1) syscall 468 0x1"
 */
export function encodeRequest(request: Request, place: RequestPlace = {}): string {
  const after = place.after?.length ? place.after.join(",") : "-";
  const named = "name" in request && place.quiet !== true ? request.name : undefined;
  const deadlineMs =
    ("deadlineMs" in request ? request.deadlineMs : undefined) ?? DEFAULT_DEADLINE_MS;
  const words = [
    place.context ?? "main",
    after,
    String(deadlineMs),
    named === undefined ? "-" : word(named),
    ...operation(request, place.results ?? new Map<string, number>()),
  ];
  const line = words.join(" ");
  if (line.length > limits.lineBytes - 64) {
    throw stepError(
      "step-line-too-long",
      named ?? request.kind,
      `${line.length} bytes of plan text`,
      [`at most ${limits.lineBytes - 64}`, "split the step"],
    );
  }
  return line;
}

/**
 * A request as the payloads of one or more live frames. A guest's serial driver drops what comes faster than it is read, so a
 * long request goes in pieces, each answered before the next is sent.
 *
 * @param pieceBytes what one payload may have: what fits into the window of the port that is used
 */
export function splitRequest(request: string, pieceBytes: number): readonly string[] {
  const pieces: string[] = [];
  let at = 0;
  for (; request.length - at > pieceBytes; at += pieceBytes - 1) {
    pieces.push(`+${request.slice(at, at + pieceBytes - 1)}`);
  }
  return [...pieces, request.slice(at)];
}

function operation(request: Request, results: ReadonlyMap<string, number>): readonly string[] {
  switch (request.kind) {
    case "syscall":
      return ["syscall", ...(request.fork ? ["fork"] : []), ...callWords(request, results)];
    case "batch":
      return ["batch", ...batchWords(request.calls, results)];
    case "time":
      return [
        "time",
        String(request.count),
        String(request.warmup),
        ...callWords(request.call, results),
      ];
    case "barrier":
      return ["barrier", String(request.barrier), String(request.parties)];
    case "exec":
    case "hello":
      return [request.kind];
    case "exit":
      return ["exit", String(request.status)];
    case "join":
      return ["join", request.thread];
    case "kill":
      return ["kill", request.process, String(request.signal)];
    case "spawn":
      return ["spawn", request.process];
    case "start-thread":
      return ["thread", request.thread];
    case "power":
    case "fault":
      return [request.kind, request.kind === "power" ? request.action : request.fault];
    case "sysctl":
    case "sysctl-set":
    case "sysctl-restore":
    case "sysctl-tree":
    case "read-file":
    case "write-file":
    case "program":
    case "sleep":
    case "marker":
      return systemOperation(request);
  }
}

type SystemRequest = Extract<
  Request,
  { kind: `sysctl${string}` | "read-file" | "write-file" | "program" | "sleep" | "marker" }
>;

function systemOperation(request: SystemRequest): readonly string[] {
  switch (request.kind) {
    case "sysctl":
      return ["sysctl", request.format, word(request.sysctl)];
    case "sysctl-set": {
      const slot = request.slot === undefined ? "-" : String(request.slot);
      return ["sysctl-set", slot, word(request.sysctl), word(request.value)];
    }
    case "sysctl-restore":
      return ["sysctl-restore", String(request.slot)];
    case "sysctl-tree":
      return ["sysctl-tree", word(request.sysctl)];
    case "read-file":
      return ["read-file", String(request.limitBytes), word(request.path)];
    case "write-file":
      return ["write-file", word(request.path), Buffer.from(request.bytes).toString("hex") || "-"];
    case "program": {
      const variables = Object.entries(request.env).map(([key, value]) => `${key}=${value}`);
      const words = [request.path, ...request.args].map((text) => `a:${word(text)}`);
      const env = variables.map((text) => `e:${word(text)}`);
      return ["program", String(request.limitBytes), ...words, ...env];
    }
    case "sleep":
      return ["sleep", String(request.durationMs)];
    case "marker":
      return ["marker", word(request.text)];
  }
}

/** Entries that are the same as the one before are counted, not written again. */
function batchWords(
  entries: Extract<Request, { kind: "batch" }>["calls"],
  results: ReadonlyMap<string, number>,
): readonly string[] {
  const runs: { text: string; repeat: number }[] = [];
  for (const entry of entries) {
    const meets = entry.kind === "barrier";
    const text = meets
      ? `meet ${entry.barrier} ${entry.parties}`
      : callWords(entry, results).join(" ");
    const repeat = meets ? 1 : entry.repeat;
    const last = runs.at(-1);
    const joins = !meets && last?.text === text && last.repeat + repeat <= limits.repeats;
    if (joins && buffersOf(entry.args).length === 0) last.repeat += repeat;
    else runs.push({ text, repeat });
  }
  return [runs.map(({ text, repeat }) => (repeat === 1 ? text : `${text} x${repeat}`)).join(" ; ")];
}

function callWords({ nr, args }: Call, results: ReadonlyMap<string, number>): readonly string[] {
  const buffers = buffersOf(args);
  return [
    String(nr),
    ...args.map((argument) => argumentWord(argument, buffers, results)),
    ...buffers.map(bufferWord),
    ...buffers.flatMap((from, index) =>
      from.pointers.map(({ offsetBytes, to, toOffsetBytes }) =>
        ["at", index, offsetBytes, buffers.indexOf(to), toOffsetBytes].join(":"),
      ),
    ),
  ];
}

function argumentWord(
  argument: Argument,
  buffers: readonly GuestBuffer[],
  results: ReadonlyMap<string, number>,
): string {
  if (typeof argument !== "object") {
    return argument < 0 ? argument.toString() : `0x${argument.toString(16)}`;
  }
  if (argument.kind === "buffer") return `&${buffers.indexOf(argument)}`;
  if (argument.kind === "address")
    return `&${buffers.indexOf(argument.of)}+${argument.offsetBytes}`;
  const id = results.get(argument.of);
  if (id !== undefined) return `$${id}`;
  throw stepError("step-result-unknown", "resultOf", `no syscall step "${argument.of}" before`, [
    "the name of an earlier syscall step of the same process or thread",
  ]);
}

function bufferWord({ direction, lengthBytes, bytes }: GuestBuffer): string {
  const hex = Buffer.from(bytes).toString("hex");
  if (direction === "out") return `out:${lengthBytes}`;
  return `${direction === "in" ? "in" : "io"}:${lengthBytes}:${hex}`;
}

/** A text as one word: bytes outside of printable ASCII, blanks and `%` as `%XX`; the empty text as `%-`. */
function word(text: string): string {
  if (text === "") return "%-";
  return [...Buffer.from(text)]
    .map((byte) =>
      byte > 0x20 && byte < 0x7f && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).padStart(2, "0")}`,
    )
    .join("");
}
