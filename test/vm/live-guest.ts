import { join } from "node:path";
import { inject } from "vitest";
import { bootGuest, type BootOptions } from "../../src/live/guest/boot-guest.js";
import type { LiveGuest } from "../../src/live/guest/live-guest.js";
import type { LaneConfig } from "../../src/lane/lane.js";
import { scratchFolder } from "./guest-run.js";

/** A live guest of one test under TCG: the twin kernel, unless the lane says otherwise. */
export function bootTwin(
  lane: Partial<LaneConfig> = {},
  options: BootOptions = {},
): Promise<LiveGuest> {
  return bootGuest({
    lane: {
      guest: "linux",
      kernels: { TWQDEBUG: inject("twinKernel") },
      machine: { memory: "256M", cpus: 2 },
      probe: [],
      ...lane,
    },
    accel: "tcg",
    ...options,
    out: options.out ?? join(scratchFolder(), "run"),
  });
}
