import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { openFairClock, startFairTimer, type EventLoop, type FairClock } from "./fair-timer.js";

/** An event loop whose time is moved by hand; `asleep` moves it without running anything, as a stop does. */
function openLoop() {
  let nowMs = 0;
  let works: { atMs: number; everyMs?: number; work: () => void }[] = [];
  let reading: (() => void)[] = [];
  let waiting: (() => void)[] = [];
  const take = (entry: (typeof works)[number]) => () => {
    works = works.filter((one) => one !== entry);
  };
  const loop: EventLoop = {
    nowMs: () => nowMs,
    after(delayMs, work) {
      const entry = { atMs: nowMs + delayMs, work };
      works.push(entry);
      return take(entry);
    },
    every: (everyMs, work) => void works.push({ atMs: nowMs + everyMs, everyMs, work }),
    afterReading(work) {
      reading.push(work);
      return () => (reading = reading.filter((one) => one !== work));
    },
  };
  /** As Node does: what is due, then what waits to be read, then what waited for that. */
  function turn(): void {
    const due = works.filter((one) => one.atMs <= nowMs).sort((a, b) => a.atMs - b.atMs);
    for (const entry of due) {
      if (!works.includes(entry)) continue;
      if (entry.everyMs === undefined) take(entry)();
      else entry.atMs = nowMs + entry.everyMs;
      entry.work();
    }
    const input = waiting;
    waiting = [];
    input.forEach((work) => work());
    const read = reading;
    reading = [];
    read.forEach((work) => work());
  }
  return {
    loop,
    run(forMs: number) {
      for (const endMs = nowMs + forMs; nowMs < endMs; nowMs = Math.min(endMs, nowMs + 10)) turn();
      turn();
    },
    asleep: (forMs: number) => (nowMs += forMs),
    arrives: (work: () => void) => waiting.push(work),
  };
}

let fake: ReturnType<typeof openLoop>;
let clock: FairClock;
let expired = 0;
const start = (delayMs: number) => startFairTimer(delayMs, () => (expired += 1), clock, fake.loop);

beforeEach(() => {
  fake = openLoop();
  clock = openFairClock(fake.loop);
  expired = 0;
});

test("expires once when its time is over, and not before", () => {
  start(5_000);
  fake.run(4_990);
  expect(expired).toBe(0);
  fake.run(20);
  expect(expired).toBe(1);
  fake.run(60_000);
  expect(expired).toBe(1);
});

test("does not count the time in which the process did not run", () => {
  start(10_000);
  fake.run(4_000);
  fake.asleep(3_600_000);
  fake.run(5_900);
  expect(expired).toBe(0);
  expect(clock.lostMs()).toBeGreaterThanOrEqual(3_600_000);
  fake.run(2_000);
  expect(expired).toBe(1);
});

test("gives a process that was stopped just before the end a second to read what came", () => {
  const timer = start(10_000);
  fake.run(9_990);
  fake.asleep(15_000);
  fake.run(800);
  expect(expired).toBe(0);
  fake.arrives(() => timer.stop());
  fake.run(60_000);
  expect(expired).toBe(0);
});

test("reads what waits before it expires, also when it is hardly late", () => {
  const timer = start(1_000);
  fake.run(900);
  fake.asleep(300);
  fake.arrives(() => timer.stop());
  fake.run(5_000);
  expect(expired).toBe(0);
});

test("starts again with its last delay or with another, and stays stopped", () => {
  const timer = start(1_000);
  fake.run(900);
  timer.restart();
  fake.run(900);
  expect(expired).toBe(0);
  timer.restart(2_000);
  fake.run(1_900);
  expect(expired).toBe(0);
  fake.run(200);
  expect(expired).toBe(1);
  timer.restart();
  timer.stop();
  fake.run(10_000);
  expect(expired).toBe(1);
});

test("a busy process that is late now and then still ends its waits", () => {
  start(10_000);
  for (let turn = 0; turn < 20; turn++) {
    fake.asleep(800);
    fake.run(10);
  }
  expect(expired).toBe(1);
});

test("the clock never goes back, and never counts more than the wall", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5_000)), (gaps) => {
      const other = openLoop();
      const fair = openFairClock(other.loop);
      let before = fair.nowMs();
      for (const gapMs of gaps) {
        other.asleep(gapMs);
        other.run(10);
        const now = fair.nowMs();
        expect(now).toBeGreaterThanOrEqual(before);
        expect(now - before).toBeLessThanOrEqual(gapMs + 10);
        before = now;
      }
    }),
  );
});
