/**
 * Asks a Linux kernel that still serves its console by sysrq, by a break and a key each (Documentation/admin-guide/sysrq.rst). A
 * kernel that is dead, or was built without it, costs two seconds. `sysrq-answers.ts` reads what comes.
 */
import { startFairTimer } from "../host/fair-timer.js";

/** Blocked tasks; held locks, which only a kernel with lockdep knows; what the processors do; all tasks. */
const KEYS = ["w", "d", "l", "t"];
/** Lets everything through to the console; a kernel that does not answer to this is asked nothing else. */
const LOUDEST = "9";

/** A kernel begins to answer within this. */
const BEGINS_MS = 2_000;
/** So much silence ends an answer. */
const SILENCE_MS = 1_000;
const LIMIT_MS = 10_000;

export interface SysrqParts {
  readonly sendBreak: () => Promise<void>;
  readonly type: (text: string) => void;
}

export interface Sysrq {
  /** Settles when everything was asked, or nobody answers. Never rejects. */
  ask(): Promise<void>;
  /** A line of the console. */
  line(text: string): void;
  /** Ends what is being asked. */
  stop(): void;
}

export function openSysrq({ sendBreak, type }: SysrqParts): Sysrq {
  let isStopped = false;
  let isAnswered = false;
  let over = (): void => undefined;
  const silence = startFairTimer(BEGINS_MS, () => over());
  const limit = startFairTimer(LIMIT_MS, () => over());
  const stopTimers = (): void => [silence, limit].forEach((timer) => timer.stop());
  stopTimers();

  async function press(key: string): Promise<void> {
    isAnswered = false;
    const ended = new Promise<void>((resolve) => (over = resolve));
    silence.restart(BEGINS_MS);
    limit.restart();
    sendBreak().then(
      () => type(key),
      () => over(),
    );
    await ended;
    stopTimers();
  }

  return {
    async ask() {
      for (const key of [LOUDEST, ...KEYS]) {
        if (!isStopped) await press(key);
        if (!isAnswered) return;
      }
    },
    line(text) {
      isAnswered ||= /\bsysrq: /.test(text);
      if (isAnswered) silence.restart(SILENCE_MS);
    },
    stop() {
      isStopped = true;
      over();
    },
  };
}
