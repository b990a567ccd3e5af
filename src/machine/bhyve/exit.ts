/**
 * What the end of bhyve or of its loader means.
 *
 * | status | bhyve(8)              | here                                                             |
 * | ------ | --------------------- | ---------------------------------------------------------------- |
 * | 0      | rebooted              | `reset`: the lane never restarts a machine                        |
 * | 1      | powered off           | `powered-off`, unless bhyve only printed its usage, see below     |
 * | 2      | halted                | `halted`                                                          |
 * | 3      | triple fault          | `crashed`                                                         |
 * | 4      | exited due to an error | `failed`, in bhyve's own words                                   |
 * | others | sysexits(3), signals  | `failed`; SIGKILL and SIGTERM that we did not send: `vanished`    |
 *
 * Status 1 is also what a wrong flag, a debugger's port that is taken, doas and sudo end with, and what older bhyves end with once the virtual machine has
 * been destroyed under them; only what was printed tells these from a power-off.
 */
import type { ProcessExit } from "../../host/process.js";
import type { MachineEnd } from "../machine.js";

/** What a shell, doas and sudo add to the number of a signal. */
const SIGNAL_STATUS = 128;
const SIGNALS: Readonly<Record<number, string>> = { 6: "SIGABRT", 9: "SIGKILL", 15: "SIGTERM" };

const endings: Readonly<Record<number, MachineEnd>> = {
  0: { how: "reset", detail: "bhyve ended with status 0: rebooted" },
  1: { how: "powered-off", detail: "bhyve ended with status 1: powered off" },
  2: { how: "halted", detail: "bhyve ended with status 2: halted" },
  3: { how: "crashed", detail: "bhyve ended with status 3: triple fault" },
};

/**
 * @param words what bhyve printed on its standard error
 * @example meaningOfBhyveExit({ code: 1, signal: undefined, killedByUs: false }, false, "").how // "powered-off"
 */
export function meaningOfBhyveExit(
  exit: ProcessExit,
  stoppedByUs: boolean,
  words: string,
): MachineEnd {
  const signal = signalOf(exit);
  const refused = exit.code === 1 && isRefusal(words);
  const destroyed = /vm_run error -?\d+, errno 6\b/.test(words);
  const ending = exit.code === undefined || refused || destroyed ? undefined : endings[exit.code];
  if (ending) return ending;
  if (stoppedByUs) return { how: "stopped", detail: "ended by kernlane" };
  const detail = describe("bhyve", exit, words);
  // ENXIO is 6 on FreeBSD: the device of the virtual machine is gone.
  if (destroyed || signal === "SIGKILL" || signal === "SIGTERM") return { how: "vanished", detail };
  return { how: "failed", detail };
}

/**
 * The end of a loader that did not load a kernel, or `undefined` when it did.
 *
 * | status | bhyveload(8), userboot     | here       |
 * | ------ | -------------------------- | ---------- |
 * | 0      | the kernel is in memory    | bhyve next |
 * | 1      | `quit` was typed, or error | `failed`   |
 * | 2      | `reboot` was typed         | `reset`    |
 */
export function meaningOfLoaderExit(
  exit: ProcessExit,
  stoppedByUs: boolean,
  words: string,
): MachineEnd | undefined {
  if (stoppedByUs) return { how: "stopped", detail: "ended by kernlane" };
  if (exit.code === 0) return undefined;
  const detail = describe("bhyveload", exit, words);
  const signal = signalOf(exit);
  if (exit.code === 2) return { how: "reset", detail };
  if (signal === "SIGKILL" || signal === "SIGTERM") return { how: "vanished", detail };
  return { how: "failed", detail };
}

/** com2's port, or the debugger's, was taken between its choice and bhyve's start. */
export function isPortTaken(exit: ProcessExit, words: string): boolean {
  return (
    exit.code !== undefined &&
    exit.code !== 0 &&
    /bind\(127\.0\.0\.1:\d+\)|gdb socket bind/.test(words)
  );
}

function isRefusal(words: string): boolean {
  return /^(usage: |doas: |sudo: |bhyve: gdb socket )/im.test(words);
}

function signalOf({ code, signal }: ProcessExit): string | undefined {
  return signal ?? (code === undefined ? undefined : SIGNALS[code - SIGNAL_STATUS]);
}

function describe(program: string, exit: ProcessExit, words: string): string {
  const how = signalOf(exit) ?? `status ${exit.code ?? "unknown"}`;
  return `${program} ended with ${how}: ${words.trim() || "it printed nothing"}`;
}
