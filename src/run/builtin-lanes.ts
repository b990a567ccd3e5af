import { linuxLane } from "../../lanes/linux/lane.js";
import type { LaneConfig } from "./lane.js";

/** The lanes that are there without a config. The first is the default. */
export const builtinLanes: Readonly<Record<string, LaneConfig>> = { linux: linuxLane };
