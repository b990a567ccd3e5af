/**
 * The events of a run that its record is made of. A live guest may be asked for days: what it was asked and has answered is in
 * the log alone.
 */
import { isReply } from "../protocol/decode-reply.js";
import type { LaneEvent } from "./events.js";

export interface EventMemory {
  readonly kept: readonly LaneEvent[];
  keep(event: LaneEvent): void;
}

export function openMemory(): EventMemory {
  const kept: LaneEvent[] = [];
  let isLive = false;
  return {
    kept,
    keep(event) {
      if (event.kind === "started") isLive = event.transport === "live";
      if (!isLive || event.kind !== "observation" || event.observation.stepId === null) {
        kept.push(event);
      } else if (isReply(event.observation)) {
        const { stepId } = event.observation;
        const index = kept.findLastIndex((one) => one.kind === "request" && one.id === stepId);
        if (index >= 0) kept.splice(index, 1);
      }
    },
  };
}
