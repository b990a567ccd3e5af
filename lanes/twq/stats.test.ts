import { expect, test } from "vitest";
import { addCounts, noCounts, parseTwqStats, twqStats } from "./stats.js";

const text = [
  "width 2",
  ...Object.keys(noCounts)
    .filter((name) => !name.endsWith("]"))
    .map((name, at) => `${name} ${at}`),
  ...["thread_enter", "req", "admit", "thread_return"].map(
    (name) => `bucket_${name}_total 0,1,2,3,4,5`,
  ),
  "bucket_total_current 6,7,8,9,10,11",
  "bucket_idle_current 0,0,0,0,0,1",
  "bucket_active_current 6,7,8,9,10,10",
  "",
].join("\n");

test("reads the counters of a Linux kernel, each bucket's by its own name", () => {
  const { width, counters } = parseTwqStats(text);
  expect(width).toBe(2);
  expect(counters).toMatchObject({
    init_count: 0,
    thread_state_free_count: 11,
    "bucket_req_total[4]": 4,
    "bucket_idle_current[5]": 1,
  });
  expect(Object.keys(counters)).toEqual(Object.keys(noCounts));
});

test("reads those of a FreeBSD kernel, with others among them", () => {
  const lines = text.trim().split("\n");
  const values = new Map(lines.map((line) => line.split(" ") as [string, string]));
  values.set("busy_window_usecs", "200");
  expect(twqStats(values)).toEqual(parseTwqStats(text));
});

test("says which counter is missing, also when it is a bucket's", () => {
  expect(() => parseTwqStats(text.replace(/^should_narrow_count .*$/m, ""))).toThrow(
    "no counter should_narrow_count",
  );
  expect(() => parseTwqStats(text.replace(",10,11", ""))).toThrow(
    "no counter bucket_total_current[4]",
  );
});

test("adds to some of the counters", () => {
  const counters = addCounts(noCounts, { init_count: 2, "bucket_total_current[1]": -1 });
  expect(counters).toEqual({ ...noCounts, init_count: 2, "bucket_total_current[1]": -1 });
});
