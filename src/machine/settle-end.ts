import type { MachineEnd } from "./machine.js";

/**
 * A status may stand for a power-off and for a failure alike (bhyve's 1, with words on its standard error).
 *
 * @param saidPowerOff whether the guest said that it powers off: its kernel on the console, or the agent
 */
export function settledEnd(end: MachineEnd, saidPowerOff: boolean): MachineEnd {
  const { how, detail, said, failure, mayBePowerOff } = end;
  if (!mayBePowerOff) return end;
  const words = said === undefined ? { detail } : { detail, said };
  if (saidPowerOff) return { how: "powered-off", ...words };
  return failure === undefined ? { how, ...words } : { how, ...words, failure };
}
