/** What a kept crash has to look like when it is read: its file may be anybody's. */
import * as z from "zod";
import { MAX_NAMES, MAX_RUNS, type Crash } from "./crash.js";

const count = z.number().int().positive();
const time = z.iso.datetime();
const names = z.array(z.strictObject({ name: z.string(), count })).max(MAX_NAMES);
const lines = z.array(z.string());

export const crashSchema: z.ZodType<Crash> = z.strictObject({
  schema: z.literal("kernlane-crash/1"),
  title: z.string(),
  class: z.string(),
  severity: z.enum(["fatal", "finding"]),
  firstSeen: time,
  lastSeen: time,
  count,
  kernels: names,
  lanes: names,
  steps: names,
  runs: z.array(z.strictObject({ runId: z.string(), folder: z.string(), at: time })).max(MAX_RUNS),
  report: z.strictObject({
    lines,
    backtrace: lines,
    isWhole: z.boolean(),
    hasPlaces: z.boolean(),
  }),
});
