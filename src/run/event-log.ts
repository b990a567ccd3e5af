/**
 * `events.jsonl`: one event a line, written as it happens, read back by `kernlane judge`.
 */
import * as z from "zod";
import { LaneError } from "../base/errors.js";
import { parseJson } from "../host/json-file.js";
import type { LaneEvent } from "./events.js";

/** What every event has; the rest is as this version wrote it. */
const eventSchema = z.looseObject({ atMs: z.number(), kind: z.string() });

export function formatEvent(event: LaneEvent): string {
  return JSON.stringify(event) + "\n";
}

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
  const rest = eventSchema.safeParse(parseJson(unfinished ?? ""));
  return rest.success ? [...events, rest.data as unknown as LaneEvent] : events;
}
