/** The kernel of a running guest, as the one that commands are carried out by. */
import { TWQ_KERNRETURN } from "../../lanes/twq/abi.js";
import { structures, type PassedStructure, type TwqCommand } from "../../lanes/twq/command.js";
import type { TwqAnswer } from "../../lanes/twq/model.js";
import type { LiveGuest } from "../../src/live/guest/live-guest.js";
import type { Process, Thread } from "../../src/live/guest/process.js";
import type { GuestBuffer } from "../../src/protocol/step.js";
import type { TwqKernel } from "./play.js";
import { readTwqStats } from "./read-stats.js";

interface Actor {
  readonly process: Process;
  readonly threads: Map<string, Thread>;
}

/** Processes and threads are made when a command first names them, and again after they ended. */
export function liveKernel(guest: LiveGuest): TwqKernel {
  const actors = new Map<string, Actor>();
  const actorOf = async (name: string): Promise<Actor> => {
    const actor = actors.get(name) ?? { process: await guest.process(), threads: new Map() };
    actors.set(name, actor);
    return actor;
  };
  const end = async (command: TwqCommand): Promise<undefined> => {
    const { process, threads } = await actorOf(command.process);
    switch (command.kind) {
      case "exit-thread":
        await (await threadOf(process, threads, command.thread)).exit();
        threads.delete(command.thread);
        break;
      case "exec":
        await process.exec();
        threads.clear();
        break;
      case "exit":
      case "kill":
        await process[command.kind]();
        actors.delete(command.process);
        break;
      case "call":
        break;
    }
  };
  return {
    async perform(command) {
      if (command.kind !== "call") return end(command);
      const { process, threads } = await actorOf(command.process);
      const { thread, forked, op, arg2, arg3, arg4 } = command;
      const caller = thread === "main" ? process : await threadOf(process, threads, thread);
      const passed = typeof arg2 === "object" ? bufferOf(arg2) : arg2;
      const reply = await caller.syscall(TWQ_KERNRETURN, op, passed, arg3, arg4, { fork: forked });
      return answerOf(reply);
    },
    stats: () => readTwqStats(guest),
  };
}

async function threadOf(
  process: Process,
  threads: Map<string, Thread>,
  name: string,
): Promise<Thread> {
  const thread = threads.get(name) ?? (await process.thread());
  threads.set(name, thread);
  return thread;
}

function bufferOf({ structure, value }: PassedStructure): GuestBuffer {
  return structures[structure](value);
}

function answerOf(reply: Awaited<ReturnType<Process["syscall"]>>): TwqAnswer {
  if (reply.value !== undefined) return Number(reply.value);
  if (reply.errno !== undefined) return reply.errno as TwqAnswer;
  throw new Error(`the call came to ${reply.outcome}, which is no answer of a system call`);
}
