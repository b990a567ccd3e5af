/**
 * Ctrl-C, SIGTERM and SIGHUP; the death of whoever started kernlane counts as SIGHUP. A command that has something to end or to write
 * catches the first one; the second one, and one that no command catches, ends the process at once. The exit hook of
 * `host/process.ts` takes the children along.
 */
import { watchParents } from "../host/parent-watch.js";

/** 128 and the signal's number, as shells count. */
const STATUS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type Caught = keyof typeof STATUS;

export interface Interrupts extends Disposable {
  readonly signal: AbortSignal;
}

let first: Caught | undefined;
let current: { readonly caught: () => void; readonly controller: AbortController } | undefined;

/** The signal that came first, and the exit status that it means; `undefined` if none did. */
export function interruption(): { readonly signal: string; readonly status: number } | undefined {
  return first && { signal: first, status: STATUS[first] };
}

/** @param leaving called before the process ends at once */
export function listenForSignals(leaving: (signal: string, status: number) => void): void {
  const heard = (signal: Caught): void => {
    if (first !== undefined || current === undefined) {
      leaving(signal, STATUS[signal]);
      process.exit(STATUS[signal]);
    }
    first = signal;
    current.caught();
    current.controller.abort();
  };
  for (const name of Object.keys(STATUS) as Caught[]) process.on(name, heard);
  // Nobody is left who would end it: as if the terminal had been closed.
  watchParents(() => heard("SIGHUP"));
}

/** @param caught called once, at the first signal */
export function catchInterrupts(caught: () => void = () => undefined): Interrupts {
  const controller = new AbortController();
  current = { caught, controller };
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      current = undefined;
    },
  };
}

/** Ends what is under way as a first signal does. @returns whether a command catches that */
export function abortWork(): boolean {
  current?.controller.abort();
  return current !== undefined;
}
