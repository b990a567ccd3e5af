/**
 * When to stop listening to a guest that will not go on: when it has fallen silent, and at the latest after a while.
 */
import { startFairTimer, type FairTimer } from "../host/fair-timer.js";

/** A kernel that has said nothing for so long has said it all. */
const QUIET_MS = 1_500;
/** What does not end by then is cut off. */
const LIMIT_MS = 10_000;

export interface DyingGrace {
  /** From here on silence is the end. */
  begin(): void;
  readonly begun: boolean;
  /** Something was heard. */
  heard(): void;
  stop(): void;
}

export interface GraceListener {
  /** Nothing was heard for a while; also before the grace began. */
  readonly quiet: () => void;
  /** The guest has said all that it will say. */
  readonly over: () => void;
}

export function openDyingGrace({ quiet, over }: GraceListener): DyingGrace {
  let limit: FairTimer | undefined;
  const silence = startFairTimer(QUIET_MS, () => {
    quiet();
    if (limit) over();
  });
  silence.stop();
  return {
    begin() {
      if (limit) return;
      limit = startFairTimer(LIMIT_MS, over);
      silence.restart();
    },
    get begun() {
      return limit !== undefined;
    },
    heard: () => silence.restart(),
    stop() {
      silence.stop();
      limit?.stop();
    },
  };
}
