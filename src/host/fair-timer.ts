/**
 * Deadlines that do not count the time in which this process did not run.
 *
 * A process that was stopped (Ctrl-Z, `docker pause`, a closed lid, a host out of memory) finds all of its timers due when it
 * runs again, before it has read what came meanwhile. The clock here notices the gap, gives it back, and then stands still for
 * a second in which what waits is read. A timer over it also reads once more before it expires.
 */

export interface FairClock {
  /** Milliseconds since some moment. Never goes back. */
  readonly nowMs: () => number;
  /** How much was not counted so far, in ms. */
  readonly lostMs: () => number;
}

export interface FairTimer extends Disposable {
  /** Starts again, also when it has expired or was stopped. Without a delay, with the last one. */
  readonly restart: (delayMs?: number) => void;
  readonly stop: () => void;
}

/** What a clock and its timers need of the process. Tests have their own. */
export interface EventLoop {
  readonly nowMs: () => number;
  /** @returns what cancels it */
  readonly after: (delayMs: number, work: () => void) => () => void;
  /** Calls when what waits to be read was handed to its readers. @returns what cancels it */
  readonly afterReading: (work: () => void) => () => void;
  /** Calls again and again, without keeping the process alive. */
  readonly every: (intervalMs: number, work: () => void) => void;
}

const BEAT_MS = 250;
/** A beat that is late by more than this was missed: a busy host is late by less. */
const LATE_MS = 1_000;
/** How long the clock stands still after a gap. */
const READING_MS = 1_000;

const nodeLoop: EventLoop = {
  nowMs: () => performance.now(),
  after: (delayMs, work) => {
    const timer = setTimeout(work, delayMs);
    return () => clearTimeout(timer);
  },
  afterReading: (work) => {
    const immediate = setImmediate(work);
    return () => clearImmediate(immediate);
  },
  every: (intervalMs, work) => void setInterval(work, intervalMs).unref(),
};

export function openFairClock(loop: EventLoop): FairClock {
  let lookedMs: number | undefined;
  let shownMs = 0;
  let lostMs = 0;
  const nowMs = (): number => {
    const wallMs = loop.nowMs();
    if (lookedMs === undefined) loop.every(BEAT_MS, nowMs);
    else if (wallMs - lookedMs > BEAT_MS + LATE_MS) lostMs += wallMs - lookedMs + READING_MS;
    lookedMs = wallMs;
    shownMs = Math.max(shownMs, wallMs - lostMs);
    return shownMs;
  };
  return { nowMs, lostMs: () => lostMs };
}

/** The one of this process: everything that waits for a guest measures by it. */
export const fairClock: FairClock = openFairClock(nodeLoop);

/**
 * Calls `expired` once the process has run for `delayMs`.
 *
 * @example
 * using deadline = startFairTimer(10_000, () => session.end(hung()));
 * channel.on("data", () => deadline.restart());
 */
export function startFairTimer(
  delayMs: number,
  expired: () => void,
  clock: FairClock = fairClock,
  loop: EventLoop = nodeLoop,
): FairTimer {
  let lastDelayMs = delayMs;
  let dueMs = 0;
  let cancel = (): void => undefined;
  const wait = (): void => {
    const leftMs = dueMs - clock.nowMs();
    cancel = leftMs > 0 ? loop.after(Math.ceil(leftMs), wait) : loop.afterReading(expired);
  };
  const restart = (nextMs = lastDelayMs): void => {
    cancel();
    lastDelayMs = nextMs;
    dueMs = clock.nowMs() + nextMs;
    wait();
  };
  const stop = (): void => cancel();
  restart();
  return { restart, stop, [Symbol.dispose]: stop };
}
