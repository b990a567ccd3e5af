import { expect, test } from "vitest";
import { addCounts, noCounts, twqStats } from "./stats.js";

const six = [0, 1, 2, 3, 4, 5];
const scalars = Object.keys(noCounts).filter((name) => !name.endsWith("]"));
const lists = new Set(Object.keys(noCounts).flatMap((name) => /^(\w+)\[/.exec(name)?.[1] ?? []));
const values = {
  width: 2,
  ...Object.fromEntries(scalars.map((name, at) => [name, at])),
  ...Object.fromEntries([...lists].map((name) => [name, six])),
  bucket_idle_current: [0, 0, 0, 0, 0, 1n],
  busy_window_usecs: 200,
};

test("reads the counters of a kernel, each bucket's by its own name, with others among them", () => {
  const { width, counters } = twqStats(values);
  expect(width).toBe(2);
  expect(counters).toMatchObject({
    init_count: 0,
    thread_state_free_count: 11,
    "bucket_req_total[4]": 4,
    "bucket_idle_current[5]": 1,
  });
  expect(Object.keys(counters)).toEqual(Object.keys(noCounts));
});

test("says which counter is missing, also when it is a bucket's", () => {
  const entries = Object.entries(values).filter(([name]) => name !== "should_narrow_count");
  expect(() => twqStats(Object.fromEntries(entries))).toThrow("no counter should_narrow_count");
  expect(() => twqStats({ ...values, bucket_total_current: [6, 7, 8, 9] })).toThrow(
    "no counter bucket_total_current[4]",
  );
});

test("adds to some of the counters", () => {
  const counters = addCounts(noCounts, { init_count: 2, "bucket_total_current[1]": -1 });
  expect(counters).toEqual({ ...noCounts, init_count: 2, "bucket_total_current[1]": -1 });
});
