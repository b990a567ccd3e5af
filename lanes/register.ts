/** Enters the ready lanes. The first is the default. */
import { registerLane } from "../src/lane/built-in-lanes.js";
import { linuxLane } from "./linux/lane.js";
import { asksForTwq, asksForTwqCpus, twqLane, twqNotices } from "./twq/lane.js";

registerLane({ name: "linux", laneOf: () => linuxLane, isAskedFor: () => false });
registerLane({
  name: "twq",
  laneOf: twqLane,
  isAskedFor: asksForTwq,
  asksForCpus: asksForTwqCpus,
  noticesOf: twqNotices,
});
