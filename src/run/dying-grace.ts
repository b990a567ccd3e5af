/**
 * When to stop listening to a guest that will not go on: when it has fallen silent, and at the latest after a while. One that writes its
 * memory to a disk does something all the same.
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
  /** Whether it writes a dump, see `dump-progress.ts`. Default: it does not. */
  readonly dumpGoesOn?: (() => boolean) | undefined;
}

export function openDyingGrace(listener: GraceListener): DyingGrace {
  const { quiet, over, dumpGoesOn = () => false } = listener;
  let limit: FairTimer | undefined;
  const overUnlessDumping = (timer: FairTimer): void => {
    if (dumpGoesOn()) timer.restart();
    else over();
  };
  const silence = startFairTimer(QUIET_MS, () => {
    quiet();
    if (limit) overUnlessDumping(silence);
  });
  silence.stop();
  return {
    begin() {
      if (limit) return;
      const started = startFairTimer(LIMIT_MS, () => overUnlessDumping(started));
      limit = started;
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
