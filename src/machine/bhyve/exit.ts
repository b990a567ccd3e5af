/**
 * What the end of bhyve or of its loader means.
 *
 * | status | bhyve(8)              | here                                                              |
 * | ------ | --------------------- | ----------------------------------------------------------------- |
 * | 0      | rebooted              | `reset`: the lane never restarts a machine                         |
 * | 1      | powered off           | `powered-off` where bhyve said nothing; else see below             |
 * | 2      | halted                | `halted`                                                           |
 * | 3      | triple fault          | `crashed`                                                          |
 * | 4      | exited due to an error | `failed`, in bhyve's own words; without any: `vanished`           |
 * | others | sysexits(3), signals  | `failed`; SIGKILL and SIGTERM that we did not send: `vanished`     |
 *
 * Status 1 is also what a wrong flag, doas, sudo and each `err(1, …)` of bhyve end with: with words it was a power-off only if the
 * guest says so too ({@link MachineEnd.mayBePowerOff}). Status 4 comes without a word when the virtual machine was destroyed under bhyve
 * (VM_SUSPEND_DESTROY, FreeBSD 15); older ones say `vm_run error -1, errno 6`.
 */
import type { ProcessExit } from "../../host/process.js";
import type { MachineEnd } from "../machine.js";
import { linesOf, told } from "../words.js";
import { failureIn } from "./failures.js";

/** What a shell, doas and sudo add to the number of a signal. */
const SIGNAL_STATUS = 128;
const SIGNALS: Readonly<Record<number, string>> = { 6: "SIGABRT", 9: "SIGKILL", 15: "SIGTERM" };

const endings: Readonly<Record<number, MachineEnd>> = {
  0: { how: "reset", detail: "bhyve ended with status 0: rebooted" },
  1: { how: "powered-off", detail: "bhyve ended with status 1: powered off" },
  2: { how: "halted", detail: "bhyve ended with status 2: halted" },
  3: { how: "crashed", detail: "bhyve ended with status 3: triple fault" },
};

/** What bhyve remarks of nearly every guest and goes on; never why it ended (amd64/ps2mouse.c, ps2kbd.c, vmexit.c, mem_x86.c). */
const REMARK =
  /^(?:Unhandled ps2 (?:mouse|keyboard) |(?:rd|wr)msr to register |Emulating access to non-existent address )/;

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
  const lines = linesOf(words).filter((line) => !REMARK.test(line));
  const isDestroyed =
    (exit.code === 4 && lines.length === 0) || /vm_run error -?\d+, errno 6\b/.test(words);
  const isDoubtful = exit.code === 1 && lines.length > 0;
  const ending =
    exit.code === undefined || isDoubtful || isDestroyed ? undefined : endings[exit.code];
  if (ending) return ending;
  if (stoppedByUs) return { how: "stopped", detail: "ended by kernlane" };
  const end = told(`bhyve ended with ${nameOf(exit)}`, lines);
  // ENXIO is 6 on FreeBSD: the device of the virtual machine is gone.
  if (isDestroyed) return { how: "vanished", ...end, ...(lines.length === 0 ? DESTROYED : {}) };
  if (signal === "SIGKILL" || signal === "SIGTERM") return { how: "vanished", ...end };
  const failed = { how: "failed" as const, ...end, ...failureOf(lines) };
  return isDoubtful && !isRefusal(words) ? { ...failed, mayBePowerOff: true } : failed;
}

const DESTROYED = {
  detail: "bhyve ended with status 4 and no word, as it does when its virtual machine is destroyed",
};

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
  const lines = linesOf(words);
  const end = told(`bhyveload ended with ${nameOf(exit)}`, lines);
  const signal = signalOf(exit);
  if (exit.code === 2) return { how: "reset", ...end };
  if (signal === "SIGKILL" || signal === "SIGTERM") return { how: "vanished", ...end };
  return { how: "failed", ...end, ...failureOf(lines) };
}

/** com2's port, or the debugger's, was taken between its choice and bhyve's start. */
export function isPortTaken(exit: ProcessExit, words: string): boolean {
  return (
    exit.code !== undefined &&
    exit.code !== 0 &&
    /bind\(127\.0\.0\.1:\d+\)|gdb socket bind/.test(words)
  );
}

/** No guest ran at all. */
function isRefusal(words: string): boolean {
  return /^(usage: |doas: |sudo: |bhyve: gdb )/im.test(words);
}

function failureOf(lines: readonly string[]): Pick<MachineEnd, "failure"> {
  const failure = failureIn(lines.join("\n"));
  return failure === undefined ? {} : { failure };
}

function signalOf({ code, signal }: ProcessExit): string | undefined {
  return signal ?? (code === undefined ? undefined : SIGNALS[code - SIGNAL_STATUS]);
}

function nameOf(exit: ProcessExit): string {
  return signalOf(exit) ?? `status ${exit.code ?? "unknown"}`;
}
