/** Enters the ready lanes. The first is the default. */
import { registerLane } from "../src/lane/built-in-lanes.js";
import { linuxLane } from "./linux/lane.js";
import { asksForTwq, asksForTwqCpus, twqLane, twqNotices, twqStateLane } from "./twq/lane.js";

registerLane({ name: "linux", laneOf: () => linuxLane, isAskedFor: () => false });
registerLane({
  name: "twq",
  laneOf: twqLane,
  isAskedFor: asksForTwq,
  asksForCpus: asksForTwqCpus,
  noticesOf: twqNotices,
});
registerLane({
  name: "twq-state",
  laneOf: twqStateLane,
  isAskedFor: () => false,
  // Its expectations go by how many there are: with fewer they would be wrong.
  asksForCpus: () => true,
  noticesOf: twqNotices,
});
