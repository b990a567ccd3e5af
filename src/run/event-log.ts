/**
 * `events.jsonl`: one event a line, read back by `kernlane judge`.
 *
 * The events of a one-shot run are few and are written as they happen. A live guest may be asked a million times: of what it was
 * asked and answered the log keeps the last, in memory, and writes them when something happens that a verdict rests on, and at
 * the end. What was left out is counted, and what is still under way is never left out.
 */
import * as z from "zod";
import { LaneError } from "../base/errors.js";
import { parseJson } from "../host/json-file.js";
import { openLog } from "../host/log-file.js";
import { isReply } from "../protocol/decode-reply.js";
import type { LaneEvent } from "./events.js";

export interface EventLog extends Disposable {
  /** @throws LaneError `disk-full`, `write-failed` (host) */
  append(event: LaneEvent): void;
}

export interface EventLogOptions {
  /** Whether a request and its reply are written as they happen, however many there are. Default false. */
  readonly keepsEveryCall?: boolean;
}

/** Of requests and replies, so many are kept. */
const KEPT_CALLS = 2_000;
/** Calls that were written before something happened, such as a line on the console. The last ones are written all the same. */
const WRITTEN_CALLS = 20_000;

/** What ends a guest, or shows that it is ending. */
const GRAVE: ReadonlySet<LaneEvent["kind"]> = new Set([
  "dying",
  "report",
  "deadline",
  "interrupted",
  "trouble",
  "machine-ended",
]);

/** @throws LaneError `out-not-writable` (usage) */
export function openEventLog(path: string, { keepsEveryCall = false }: EventLogOptions): EventLog {
  const log = openLog(path);
  const calls = openCallRing();
  let room = WRITTEN_CALLS;
  const write = (event: LaneEvent): void => log.append(JSON.stringify(event) + "\n");
  const flush = (): void => {
    const kept = calls.take();
    room -= kept.length;
    kept.forEach(write);
  };
  /** The process ends without having closed the log. */
  const atExit = (): void => {
    try {
      flush();
    } catch {
      // Nobody is left to be told.
    }
  };
  process.on("exit", atExit);
  return {
    append(event) {
      if (isCall(event) && !keepsEveryCall) {
        calls.add(event);
        return;
      }
      if (room > 0 || GRAVE.has(event.kind)) flush();
      write(event);
    },
    [Symbol.dispose]() {
      process.off("exit", atExit);
      try {
        flush();
      } finally {
        log[Symbol.dispose]();
      }
    },
  };
}

/** What a live guest was asked, or answered. */
function isCall(event: LaneEvent): boolean {
  if (event.kind !== "observation") return event.kind === "request";
  const { seq, stepId } = event.observation;
  return seq !== null && stepId !== null;
}

/** The step that an event is the reply to. */
function answeredBy(event: LaneEvent): number | null {
  return event.kind === "observation" && isReply(event.observation)
    ? event.observation.stepId
    : null;
}

interface CallRing {
  add(event: LaneEvent): void;
  /** Everything that is kept, oldest first, and how much was left out. */
  take(): readonly LaneEvent[];
}

function openCallRing(): CallRing {
  let ring: LaneEvent[] = [];
  let leftOutCount = 0;
  /** Requests that left the ring before they were answered. */
  const open = new Map<number, LaneEvent>();

  function shorten(): void {
    const answered = new Set(ring.map(answeredBy));
    for (const event of ring.slice(0, KEPT_CALLS)) {
      if (event.kind === "request" && !answered.has(event.id)) open.set(event.id, event);
      else leftOutCount++;
    }
    ring = ring.slice(KEPT_CALLS);
  }
  return {
    add(event) {
      ring.push(event);
      const answered = answeredBy(event);
      if (answered !== null && open.delete(answered)) leftOutCount++;
      if (ring.length >= 2 * KEPT_CALLS) shorten();
    },
    take() {
      const atMs = ring[0]?.atMs ?? 0;
      const gap: LaneEvent = { atMs, kind: "calls-left-out", count: leftOutCount };
      const taken = [...open.values(), ...(leftOutCount === 0 ? [] : [gap]), ...ring];
      [ring, leftOutCount] = [[], 0];
      open.clear();
      return taken;
    },
  };
}

/** What every event has; the rest is as this version wrote it. */
const eventSchema = z.looseObject({ atMs: z.number(), kind: z.string() });

/**
 * A last line that was cut off by the death of its writer is passed over.
 *
 * @throws LaneError `events-damaged` (usage) with the line's number
 */
export function readEvents(text: string, path: string): readonly LaneEvent[] {
  const lines = text.split("\n");
  const unfinished = lines.pop();
  const events = lines.map((line, index) => {
    const parsed = eventSchema.safeParse(parseJson(line));
    if (parsed.success) return parsed.data as unknown as LaneEvent;
    throw new LaneError(
      "events-damaged",
      `${path}:${index + 1}: found ${JSON.stringify(line.slice(0, 80))}, expected an event as JSON`,
      { facts: { path, line: index + 1 } },
    );
  });
  const last = eventSchema.safeParse(parseJson(unfinished ?? ""));
  return last.success ? [...events, last.data as unknown as LaneEvent] : events;
}
