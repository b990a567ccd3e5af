import type { GuestFamily } from "../base/family.js";

/** Source: Linux's uapi `asm/signal.h` for amd64. Numbers 34 to 64 are real-time signals and have no names. */
const linux: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPWR: 30,
  SIGSYS: 31,
};

/** Source: FreeBSD's `sys/sys/signal.h`. Numbers 65 to 126 are real-time signals and have no names. */
const freebsd: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGEMT: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGBUS: 10,
  SIGSEGV: 11,
  SIGSYS: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGURG: 16,
  SIGSTOP: 17,
  SIGTSTP: 18,
  SIGCONT: 19,
  SIGCHLD: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGIO: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGINFO: 29,
  SIGUSR1: 30,
  SIGUSR2: 31,
  SIGTHR: 32,
  SIGLIBRT: 33,
};

const tables: Readonly<Record<GuestFamily, Readonly<Record<string, number>>>> = { linux, freebsd };

/** Other names of the same number, with the one that is shown. */
const aliases: Readonly<Record<string, string>> = {
  SIGIOT: "SIGABRT",
  SIGCLD: "SIGCHLD",
  SIGPOLL: "SIGIO",
  SIGLWP: "SIGTHR",
};

/**
 * The name of a signal as a guest of that family counts them: 12 is `SIGSYS` on FreeBSD and `SIGUSR2` on Linux. A number
 * without a name comes back as `signal N`.
 *
 * @example signalName("freebsd", 12) // "SIGSYS"
 */
export function signalName(family: GuestFamily, number: number): string {
  const entry = Object.entries(tables[family]).find(([, value]) => value === number);
  return entry?.[0] ?? `signal ${number}`;
}

/** The number of a signal by name, aliases included; undefined when the family has no such signal. */
export function signalNumber(family: GuestFamily, name: string): number | undefined {
  return tables[family][canonicalSignal(name)];
}

/** The name under which a signal is shown: `SIGABRT` for `SIGIOT`. Unknown names come back as they are. */
export function canonicalSignal(name: string): string {
  return aliases[name] ?? name;
}

/** Every name that some family knows, aliases included. */
export function signalNames(): readonly string[] {
  return [...new Set([...Object.keys(linux), ...Object.keys(freebsd), ...Object.keys(aliases)])];
}
