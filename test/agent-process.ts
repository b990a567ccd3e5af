/**
 * The Linux agent as a plain process on this host: what a guest would run, without a guest. The agent is built first when its
 * sources are newer; a missing compiler fails the test with the words of scripts/build-agent.mjs.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { encodeFrame, FrameReader, type FrameEvent } from "../src/console/framing.js";
import { ReplyReader, type Observation } from "../src/protocol/decode-reply.js";
import { encodeLivePlan, encodePlan } from "../src/protocol/encode-plan.js";
import type { PlannedStep } from "../src/protocol/planned-step.js";
import { outcomeOf } from "../src/protocol/outcome.js";
import { probe, type Step } from "../src/protocol/steps.js";
import { tempFolder } from "./temp-folder.js";

export const root = join(import.meta.dirname, "..");
export const agentPath = join(root, "dist/agent/linux-amd64/kernlane-agent");

export async function buildAgents(): Promise<void> {
  await promisify(execFile)(process.execPath, [join(root, "scripts/build-agent.mjs")]);
}

export interface AgentRun {
  readonly events: readonly FrameEvent[];
  readonly observations: readonly Observation[];
  readonly steps: readonly PlannedStep[];
  /** What the agent said for people. */
  readonly console: string;
  readonly status: number | null;
  /** The reply of the step of this name. */
  reply(name: string): Observation;
  /** Its outcome in the words of the table. */
  outcome(name: string): string;
}

export interface AgentRunOptions {
  readonly deadlineMs?: number;
  /** Instead of the plan that the steps make. */
  readonly editPlan?: (text: string) => string;
}

/** Carries out steps by the agent, one-shot, with a file as its channel. */
export async function runAgent(
  steps: readonly Step[],
  { deadlineMs = 30_000, editPlan = (text) => text }: AgentRunOptions = {},
): Promise<AgentRun> {
  const folder = tempFolder("agent");
  const channel = join(folder, "channel");
  const plan = encodePlan(probe(steps), {
    runId: "test",
    transport: "oneshot",
    channels: ["/nowhere/at/all", channel],
    deadlineMs,
    atEnd: "exit",
  });
  await writeFile(channel, "");
  await writeFile(join(folder, "plan"), editPlan(plan.text));
  const child = spawn(agentPath, [join(folder, "plan")], {
    // A step may name a file without a folder.
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  let console = "";
  child.stdout.on("data", (chunk: Buffer) => (console += chunk.toString()));
  const status = await ended(child);
  return readRun(await readFile(channel, "latin1"), plan.steps, console, status);
}

function readRun(
  text: string,
  steps: readonly PlannedStep[],
  console: string,
  status: number | null,
): AgentRun {
  const frames = new FrameReader();
  const replies = new ReplyReader(steps);
  const events = text.split("\n").flatMap((line) => (line === "" ? [] : frames.read(line)));
  const observations = events.flatMap((event) =>
    event.type === "frame" ? (replies.read(event.seq, event.payload) ?? []) : [],
  );
  const reply = (name: string): Observation => {
    const found = observations.findLast((one) => one.name === name && one.kind !== "output");
    if (found === undefined) throw new Error(`no reply to "${name}" in:\n${text}`);
    return found;
  };
  const outcome = (name: string) => outcomeOf(reply(name), "linux").text;
  return { events, observations, steps, console, status, reply, outcome };
}

/** Starts the agent with its standard input and output as a live channel. */
export async function spawnLive(folder: string): Promise<ChildProcess> {
  const path = join(folder, "live-plan");
  const header = { runId: "live", channels: ["stdio"], deadlineMs: 30_000, atEnd: "exit" } as const;
  await writeFile(path, encodeLivePlan(header));
  const stdio = ["pipe", "pipe", "ignore"] as ["pipe", "pipe", "ignore"];
  return spawn(agentPath, [path], { cwd: folder, stdio, detached: true });
}

/** The live agent as seen by a host that knows frames and nothing else. */
export class LiveAgent {
  private readonly frames = new FrameReader();
  private readonly waiting: ((payload: Record<string, unknown>) => void)[] = [];
  private readonly arrived: Record<string, unknown>[] = [];
  private rest = "";
  private readonly child: ChildProcess;
  private readonly end: Promise<number | null>;
  /** Everything but whole frames that came. */
  readonly trouble: FrameEvent[] = [];

  private constructor(child: ChildProcess) {
    this.child = child;
    this.end = ended(child);
    child.stdout!.on("data", (chunk: Buffer) => this.take(chunk.toString("latin1")));
  }

  static async start(folder: string): Promise<LiveAgent> {
    const live = new LiveAgent(await spawnLive(folder));
    await live.next();
    return live;
  }

  write(text: string | Uint8Array): void {
    this.child.stdin!.write(text);
  }

  send(seq: number, request: string): void {
    this.write(`${encodeFrame(seq, request)}\n`);
  }

  /** The next frame's payload. */
  next(): Promise<Record<string, unknown>> {
    const first = this.arrived.shift();
    return first ? Promise.resolve(first) : new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Reads nothing until {@link resume}: what the agent says fills the pipe. */
  pause(): void {
    this.child.stdout!.pause();
  }

  resume(): void {
    this.child.stdout!.resume();
  }

  async ask(seq: number, request: string): Promise<Record<string, unknown>> {
    this.send(seq, request);
    return this.next();
  }

  async close(): Promise<number | null> {
    this.child.stdin!.end();
    return this.end;
  }

  /** For a test that failed on its way: the workers end with the agent. */
  kill(): void {
    this.child.kill("SIGKILL");
  }

  private take(text: string): void {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop()!;
    for (const event of lines.flatMap((line) => this.frames.read(line))) {
      if (event.type !== "frame") {
        this.trouble.push(event);
        continue;
      }
      const payload = JSON.parse(event.payload) as Record<string, unknown>;
      // The threads of a step that is ended for its deadline: the reply is what is waited for.
      if (payload["kind"] === "part" && event.payload.includes('"of":"stack"')) continue;
      const waiter = this.waiting.shift();
      if (waiter) waiter(payload);
      else this.arrived.push(payload);
    }
  }
}

export function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve(status));
  });
}
