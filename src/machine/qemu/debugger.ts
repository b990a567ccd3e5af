/**
 * The debugger's stub of a machine under QEMU that was started with `-S` (docs/system/gdb in QEMU's tree).
 */
import { LaneError } from "../../base/errors.js";
import { LOOPBACK, pickPort, PORT_TRIES } from "../../host/free-port.js";
import type { QmpClient } from "./qmp.js";

/**
 * @returns the port of the loopback address on which a debugger is waited for
 * @throws LaneError `debugger-port` (host) with QEMU's words, those of {@link QmpClient.execute}
 */
export async function openDebugger(qmp: QmpClient): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const port = await pickPort();
    // The one command for it is the human monitor's, and its answer is text (hmp-commands.hx, gdbserver).
    const answer = await qmp.execute("human-monitor-command", {
      "command-line": `gdbserver tcp:${LOOPBACK}:${port}`,
    });
    const words = typeof answer === "string" ? answer.trim() : "";
    if (!/could not|failed/i.test(words)) return port;
    if (tries < PORT_TRIES) continue;
    throw new LaneError(
      "debugger-port",
      `QEMU could not open a port for the debugger, ${tries} times: ${words}`,
    );
  }
}
