/**
 * How far a long transfer is, how fast it goes and when it will be done: values for whoever shows them.
 */
export interface Progress {
  readonly doneBytes: number;
  readonly totalBytes: number | undefined;
  /** Over the last few seconds, of this session: bytes that were there before do not count. */
  readonly bytesPerSecond: number;
  /** `undefined` while the total or the rate is not known. */
  readonly secondsLeft: number | undefined;
}

export interface ProgressMeter {
  /** The progress, or `undefined` when one was given out a moment ago. */
  add(doneBytes: number, nowMs: number): Progress | undefined;
  /** The progress now, however recent the last one. */
  now(nowMs: number): Progress;
}

const WINDOW_MS = 5000;
const INTERVAL_MS = 200;

/**
 * @param startBytes what was there before, of a transfer that goes on
 * @example
 * const meter = createMeter(0, 650_000_000, performance.now());
 * const progress = meter.add(65_536, performance.now());
 */
export function createMeter(
  startBytes: number,
  totalBytes: number | undefined,
  startMs: number,
): ProgressMeter {
  let samples = [{ atMs: startMs, doneBytes: startBytes }];
  let givenMs = startMs - INTERVAL_MS;

  const measure = (nowMs: number): Progress => {
    const first = samples[0]!;
    const { doneBytes } = samples.at(-1)!;
    const elapsedMs = Math.max(1, nowMs - first.atMs);
    const bytesPerSecond = Math.round(((doneBytes - first.doneBytes) * 1000) / elapsedMs);
    const known = totalBytes !== undefined && bytesPerSecond > 0;
    const secondsLeft = known ? Math.ceil((totalBytes - doneBytes) / bytesPerSecond) : undefined;
    return { doneBytes, totalBytes, bytesPerSecond, secondsLeft };
  };

  return {
    add(doneBytes, nowMs) {
      if (nowMs - givenMs < INTERVAL_MS) {
        // Between two reports only the newest amount counts: the list stays short, whatever the size of the chunks.
        if (samples.length > 1) samples.pop();
        samples.push({ atMs: nowMs, doneBytes });
        return undefined;
      }
      samples.push({ atMs: nowMs, doneBytes });
      const kept = samples.filter(({ atMs }) => nowMs - atMs <= WINDOW_MS);
      samples = kept.length > 1 ? kept : samples.slice(-2);
      givenMs = nowMs;
      const progress = measure(nowMs);
      samples.push({ atMs: nowMs, doneBytes });
      return progress;
    },
    now: measure,
  };
}
