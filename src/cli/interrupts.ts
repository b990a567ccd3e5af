/**
 * Ctrl-C: the first one ends the guests and lets the record be written; the second one is immediate.
 */
import { killAllProcesses } from "../host/process.js";
import { INTERRUPTED_STATUS } from "./exit-status.js";

export interface Interrupts extends Disposable {
  readonly signal: AbortSignal;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** @param told called once, at the first interrupt */
export function catchInterrupts(told: () => void): Interrupts {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) {
      killAllProcesses();
      process.exit(INTERRUPTED_STATUS);
    }
    told();
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, interrupt);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of SIGNALS) process.off(name, interrupt);
    },
  };
}
