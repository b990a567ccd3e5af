/**
 * A session with the real agent as a plain process, over a link that does what real links do: bytes are lost, doubled, changed,
 * held up, and noise comes between.
 */
import type { ChildProcess } from "node:child_process";
import { PassThrough } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { Session, type SessionOptions } from "../src/live/session/session.js";
import type { LinkTiming } from "../src/live/session/link-state.js";
import type { Wire } from "../src/live/session/wire.js";
import type { Observation } from "../src/protocol/decode-reply.js";
import { openChannelReader, type ChannelEvent } from "../src/run/channel-reader.js";
import { ended, spawnLive } from "./agent-process.js";

export interface LinkFault {
  /** How many bytes pass whole before it strikes, counted from the fault before. */
  readonly afterBytes: number;
  readonly kind: "drop" | "double" | "flip" | "noise" | "delay" | "split";
  /** How many bytes it hits; ms for a delay. */
  readonly size: number;
}

/** Far shorter than in earnest: the agent of a test is near, and idle. */
const quick: LinkTiming = {
  tickMs: 5,
  settleMs: 5,
  stallMs: 40,
  marginMs: 400,
  graceMs: 400,
  byteMs: 1,
  attachMs: 100,
  attachTries: 20,
};

/** Passes bytes on, with faults at their places; when those are over, as they are. */
export function damaging(faults: readonly LinkFault[], to: (bytes: Buffer) => void) {
  const left = [...faults];
  let passed = 0;
  let chain = Promise.resolve();
  const strike = ({ kind, size }: LinkFault, bytes: Buffer): number => {
    const hit = bytes.subarray(0, size);
    if (kind === "drop") return hit.length;
    if (kind === "double") to(Buffer.concat([hit, hit]));
    else if (kind === "flip") to(Buffer.from(hit.map((byte) => byte ^ 0x41)));
    else if (kind === "noise") {
      to(Buffer.from(Array.from({ length: size }, (_, at) => (at * 97 + size * 13) & 0xff)));
      return 0;
    } else to(hit);
    return hit.length;
  };
  return (chunk: Buffer): void => {
    chain = chain.then(async () => {
      let rest = chunk;
      while (rest.length > 0) {
        const fault = left[0];
        const whole = fault ? rest.subarray(0, fault.afterBytes - passed) : rest;
        if (whole.length > 0) to(whole);
        passed += whole.length;
        rest = rest.subarray(whole.length);
        if (!fault || passed < fault.afterBytes || rest.length === 0) continue;
        left.shift();
        passed = 0;
        await delay(fault.kind === "delay" ? fault.size : 0);
        rest = rest.subarray(strike(fault, rest));
      }
    });
  };
}

export interface Link {
  readonly session: Session;
  readonly child: ChildProcess;
  readonly hello: Observation;
  /** What the session was handed. */
  readonly seen: readonly ChannelEvent[];
  /** Everything that was written to the agent, and when the last of it was. */
  readonly written: () => string;
  /** Bytes that reach the agent from somewhere else. */
  readonly inject: (text: string) => void;
  readonly close: () => Promise<void>;
}

export interface LinkOptions {
  readonly toAgent?: readonly LinkFault[];
  readonly toHost?: readonly LinkFault[];
  readonly wire: (output: PassThrough) => Wire;
  readonly session?: Partial<SessionOptions>;
  /** Whether the session has to find out by itself where the agent is. */
  readonly attach?: boolean;
}

export async function openLink(folder: string, options: LinkOptions): Promise<Link> {
  const child = await spawnLive(folder);
  const output = new PassThrough();
  let written = "";
  const send = damaging(options.toAgent ?? [], (bytes) => child.stdin!.write(bytes));
  output.on("data", (chunk: Buffer) => {
    written += chunk.toString("latin1");
    send(chunk);
  });
  const seen: ChannelEvent[] = [];
  const reader = openChannelReader([]);
  const listener: { session?: Session } = {};
  let greet: (hello: Observation) => void;
  const greeted = new Promise<Observation>((resolve) => (greet = resolve));
  const take = (event: ChannelEvent): void => {
    seen.push(event);
    if (event.type === "observation" && event.observation.kind === "hello")
      greet(event.observation);
    if (event.type === "gap") listener.session?.miss();
    else listener.session?.hear(event.observation);
  };
  // The agent's first word comes whole: what a session is to do without it is another test.
  let receive = (bytes: Buffer): void => reader.push(bytes).forEach(take);
  child.stdout!.on("data", (chunk: Buffer) => receive(chunk));
  const hello = await greeted;
  receive = damaging(options.toHost ?? [], (bytes) => reader.push(bytes).forEach(take));
  const session = new Session({
    wire: options.wire(output),
    ...(options.attach ? {} : { hello }),
    timing: quick,
    ...options.session,
  });
  listener.session = session;
  const over = ended(child);
  const close = async (): Promise<void> => {
    child.stdin!.end();
    child.stdout!.resume();
    await over;
  };
  onTestFinished(async () => {
    if (child.exitCode === null) process.kill(-child.pid!, "SIGKILL");
    await over;
  });
  const inject = (text: string): void => void child.stdin!.write(text, "latin1");
  return { session, child, hello, seen, written: () => written, inject, close };
}
