/**
 * The ends that processes and threads with state come to, on a running guest. After each of them, and of everything that was made
 * for it, no record may be left.
 */
import {
  INIT,
  initArgs,
  REQTHREADS,
  reqthreadsArgs,
  SPI_VERSION,
  THREAD_ENTER,
  THREAD_RETURN,
  TWQ_KERNRETURN,
} from "../../lanes/twq/abi.js";
import type { Caller } from "../../src/live/guest/caller.js";
import type { LiveGuest } from "../../src/live/guest/live-guest.js";
import type { Process } from "../../src/live/guest/process.js";

/** Where a guest finds `forks.c` when it is built. */
export const FORKS = "/kernlane/bin/forks";

export const ends: Readonly<Record<string, (guest: LiveGuest) => Promise<void>>> = {
  exit: async (guest) => {
    const { process } = await withState(guest);
    await process.exit();
  },
  "kill -9": async (guest) => {
    const { process } = await withState(guest);
    await process.kill();
  },
  "exec, which begins anew": async (guest) => {
    const { process } = await withState(guest);
    await process.exec();
    await must(init(process), 17);
    await process.exit();
  },
  "the exit of a thread, busy or idle": async (guest) => {
    const { process, threads } = await withState(guest);
    for (const thread of threads) await thread.exit();
    await process.exit();
  },
  "a fork in the middle of it": async (guest) => {
    const { process } = await withState(guest);
    await must(process.syscall(TWQ_KERNRETURN, THREAD_RETURN, 0, 0, 0, { fork: true }), "ENXIO");
    await must(init(process, true), 17);
    await process.exit();
  },
  "fork, vfork and rfork of a program": async (guest) => {
    const { exitStatus, outcome } = await guest.run(FORKS);
    if (exitStatus !== 0) throw new Error(`forks: ${outcome}`);
  },
  "SIGKILL in the call": (guest) => dieInTheCall(guest, "SIGKILL"),
  "SIGSEGV in the call": (guest) => dieInTheCall(guest, "SIGSEGV"),
  "exec in the call of other threads": async (guest) => {
    const { process, calls } = await callWithoutEnd(guest);
    await process.exec();
    await Promise.allSettled(calls);
    await process.exit();
  },
};

/** A process with three threads: one that is busy, one that is idle, one that has no record. */
async function withState(guest: LiveGuest) {
  const process = await guest.process();
  const threads = [await process.thread(), await process.thread(), await process.thread()] as const;
  await must(init(process), 17);
  await must(process.syscall(TWQ_KERNRETURN, THREAD_ENTER, 0, 0, 0), 0);
  await must(threads[0].syscall(TWQ_KERNRETURN, THREAD_ENTER, 0, 0, 0), 0);
  await must(threads[1].syscall(TWQ_KERNRETURN, THREAD_RETURN, 0, 0, 0), 0);
  return { process, threads };
}

/** Long enough for all threads to be at it. */
const MEANWHILE_MS = 100;

async function dieInTheCall(guest: LiveGuest, signal: string): Promise<void> {
  const { process, calls } = await callWithoutEnd(guest);
  await process.kill(signal);
  await Promise.allSettled(calls);
}

/** Each thread makes one call after another, of which all go through an allocation or a lock. */
async function callWithoutEnd(guest: LiveGuest) {
  const { process, threads } = await withState(guest);
  const version = SPI_VERSION;
  const request = reqthreadsArgs({ version, reqcount: 1 });
  const without = { count: 10_000_000, deadlineMs: 120_000 };
  const calls = [
    threads[0].repeat([TWQ_KERNRETURN, REQTHREADS, request, reqthreadsArgs.size, 0], without),
    threads[1].repeat([TWQ_KERNRETURN, THREAD_RETURN, 0, 0, 0], without),
    threads[2].repeat([TWQ_KERNRETURN, INIT, initArgs({ version }), initArgs.size, 0], without),
  ];
  for (const call of calls) call.catch(() => undefined);
  await guest.sleep(MEANWHILE_MS);
  return { process, calls };
}

function init(caller: Caller, fork = false): ReturnType<Process["syscall"]> {
  const args = initArgs({ version: SPI_VERSION });
  return caller.syscall(TWQ_KERNRETURN, INIT, args, initArgs.size, 0, { fork });
}

async function must(reply: ReturnType<Process["syscall"]>, wanted: number | string): Promise<void> {
  const { value, errno, outcome } = await reply;
  const seen = value === undefined ? errno : Number(value);
  if (seen !== wanted) throw new Error(`expected ${wanted}, saw ${outcome}`);
}
