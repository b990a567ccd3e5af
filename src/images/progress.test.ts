import { expect, test } from "vitest";
import { createMeter } from "./progress.js";

test("reports at intervals, with the rate of the last seconds and the time left", () => {
  const meter = createMeter(1000, 101_000, 0);
  expect(meter.add(1500, 100)).toMatchObject({ doneBytes: 1500, bytesPerSecond: 5000 });
  expect(meter.add(2000, 200)).toBeUndefined();
  expect(meter.add(3000, 400)).toEqual({
    doneBytes: 3000,
    totalBytes: 101_000,
    bytesPerSecond: 5000,
    secondsLeft: 20,
  });
});

test("forgets the rate of long ago", () => {
  const meter = createMeter(0, undefined, 0);
  for (let atMs = 1000; atMs <= 10_000; atMs += 1000) meter.add(atMs, atMs);
  for (let atMs = 11_000; atMs <= 20_000; atMs += 1000)
    meter.add(10_000 + (atMs - 10_000) * 3, atMs);
  expect(meter.now(20_000)).toEqual({
    doneBytes: 40_000,
    totalBytes: undefined,
    bytesPerSecond: 3000,
    secondsLeft: undefined,
  });
});

test("keeps a short memory, however small the chunks are", () => {
  const meter = createMeter(0, 1e6, 0);
  let reports = 0;
  for (let done = 1; done <= 100_000; done++) if (meter.add(done, done / 100)) reports += 1;
  expect(reports).toBe(5);
});
