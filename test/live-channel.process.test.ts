/**
 * The live channel against the real agent, over links that are not good: every call gives the right answer or an error of the
 * channel, and when the link is good again the next call works.
 */
import fc from "fast-check";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { LaneError } from "../src/base/errors.js";
import { encodeFrame } from "../src/console/framing.js";
import type { Answer } from "../src/live/session/replies.js";
import type { Session } from "../src/live/session/session.js";
import { serialWire, virtioWire } from "../src/live/session/wire.js";
import { encodeRequest, type Request } from "../src/protocol/encode-request.js";
import * as s from "../src/protocol/steps.js";
import { buildAgents } from "./agent-process.js";
import { openLink, type LinkFault } from "./live-link.js";
import { tempFolder } from "./temp-folder.js";

let folder: string;
beforeAll(async () => {
  await buildAgents();
  folder = tempFolder("link");
}, 120_000);

const UMASK = 95;
const GETPID = 39;
const PAUSE = 34;
const serial = (output: NodeJS.WritableStream) => serialWire(output as never, "com2");
const virtio = (output: NodeJS.WritableStream) => virtioWire(output as never, "virtio");

function ask(session: Session, request: Request, context = "main"): Promise<Answer> {
  const name = "name" in request ? request.name : request.kind;
  const { deadlineMs } = request as { readonly deadlineMs?: number };
  return session.ask(request, { context, name, deadlineMs, site: { stack: "\n    at the test" } });
}

/** umask(2) returns what the call before it set: a call that is left out or made twice shows in the answers. */
function umask(value: number, payloadBytes: number): Request {
  const bytes = Uint8Array.from({ length: payloadBytes }, (_, at) => ((at * 31 + value) % 255) | 1);
  return s.syscall({ nr: UMASK, args: [value, s.inOutBytes(bytes)] });
}

interface Seen {
  readonly value: number;
  readonly payloadBytes: number;
  readonly answer: Answer | LaneError;
}

async function callAll(session: Session, sizes: readonly number[]): Promise<readonly Seen[]> {
  return Promise.all(
    sizes.map(async (payloadBytes, index) => {
      const value = index + 1;
      const answer = await ask(session, umask(value, payloadBytes)).catch((error: unknown) => {
        if (error instanceof LaneError) return error;
        throw error;
      });
      return { value, payloadBytes, answer };
    }),
  );
}

function expectRight(seen: readonly Seen[]): void {
  seen.forEach(({ value, payloadBytes, answer }, index) => {
    if (answer instanceof LaneError) {
      expect(answer.code).toMatch(/^channel-/);
      expect(answer.facts["seq"]).toBeTypeOf("number");
      return;
    }
    // What a lost call did is not known; umask(2) itself was made all the same, once and in its turn.
    if (index > 0) expect(answer.reply).toMatchObject({ status: "ok", data: { rc: value - 1 } });
    const sent = umask(value, payloadBytes) as s.SyscallStep;
    const { bytes } = sent.args[1] as s.GuestBuffer;
    expect(answer.reply.data["buffer0"]).toBe(Buffer.from(bytes).toString("hex"));
  });
}

const fault = fc.record<LinkFault>({
  afterBytes: fc.integer({ min: 1, max: 1500 }),
  kind: fc.constantFrom("drop", "double", "flip", "noise", "delay", "split"),
  size: fc.integer({ min: 1, max: 60 }),
});
const faults = fc.array(fault, { maxLength: 8 });

describe("a link that is not good", () => {
  test.each([
    ["a serial port", serial, 700],
    ["a virtio port", virtio, 3000],
  ])("gives right answers or errors of the channel: %s", async (_, wire, mostBytes) => {
    const sizes = fc.array(fc.integer({ min: 1, max: mostBytes }), { minLength: 3, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(faults, faults, sizes, async (toAgent, toHost, payloads) => {
        const link = await openLink(folder, { toAgent, toHost, wire });
        expectRight(await callAll(link.session, payloads));
        const after = await callAll(link.session, [10, 10]);
        expectRight(after.slice(1));
        await link.close();
      }),
      { numRuns: 20 },
    );
  });

  test("works at once after noise of any kind, in both directions", async () => {
    const noise: readonly LinkFault[] = [
      { afterBytes: 1, kind: "noise", size: 400 },
      { afterBytes: 1, kind: "flip", size: 30 },
    ];
    const link = await openLink(folder, { toAgent: noise, toHost: noise, wire: serial });
    link.inject("login: \r\n@kl 7 00000000 nothing\n\x00\xff@kl ");
    const seen = await callAll(link.session, [5, 5, 5]);
    expect(seen.map(({ answer }) => answer instanceof LaneError)).toEqual([false, false, false]);
    expectRight(seen);
  });

  test("gets a reply again that was dropped or damaged with nothing behind it", async () => {
    const { session } = await openLink(folder, { wire: serial });
    for (const kind of ["drop-frame", "garble-frame"] as const) {
      expect((await ask(session, s.fault(kind))).reply).toMatchObject({
        kind: "fault",
        status: "ok",
      });
    }
    expect((await ask(session, s.syscall({ nr: GETPID }))).reply.status).toBe("ok");
  });

  test("says which request's reply was lost when it cannot be had again", async () => {
    const toHost: readonly LinkFault[] = [{ afterBytes: 3000, kind: "drop", size: 50 }];
    const { session } = await openLink(folder, { wire: virtio, toHost });
    const seen = await callAll(session, [4000, 5]);
    expect(seen[0]!.answer).toMatchObject({ code: "channel-reply-lost", facts: { seq: 1 } });
    expect((seen[0]!.answer as LaneError).stack).toContain("at the test");
    expectRight(seen);
  });

  test("takes a program's output for whole only if all of it came", async () => {
    const print = s.program("/bin/sh", ["-c", "for i in 1 2 3 4 5 6 7 8 9; do echo line $i; done"]);
    const whole = await openLink(folder, { wire: serial });
    const { reply, outputs } = await ask(whole.session, print);
    expect(reply).toMatchObject({ status: "exited", data: { exit: 0 } });
    expect(outputs.map(({ data }) => data["text"])).toEqual(
      Array.from({ length: 9 }, (_, at) => `line ${at + 1}`),
    );
    const toHost: readonly LinkFault[] = [{ afterBytes: 250, kind: "flip", size: 1 }];
    const bad = await openLink(folder, { wire: serial, toHost });
    await expect(ask(bad.session, print)).rejects.toMatchObject({ code: "channel-reply-lost" });
  });
});

describe("a session", () => {
  test("keeps no more on its way than a serial port bears, and no meeting waits for that", async () => {
    const { session, written } = await openLink(folder, { wire: serial });
    const names = Array.from({ length: 12 }, (_, at) => `t${at}`);
    for (const thread of names) await ask(session, { kind: "start-thread", thread });
    const before = written().length;
    const meetings = names.map((name) =>
      ask(session, s.barrier(1, names.length, { name: "a meeting ".repeat(8) }), `main/${name}`),
    );
    expect(written().length - before).toBeLessThan(1100);
    for (const { reply } of await Promise.all(meetings)) expect(reply.status).toBe("ok");
  });

  test("finds its place with an agent that has been asked things before", async () => {
    const link = await openLink(folder, { wire: serial, attach: true });
    link.inject("half a line of somebody@kl 1 ");
    expect(await link.session.ready).toMatchObject({ kind: "hello", data: { run: "live" } });
    expect((await ask(link.session, s.syscall({ nr: GETPID }))).reply.status).toBe("ok");
  });

  test("is one to a channel", async () => {
    let wire: ReturnType<typeof serial> | undefined;
    const { session, hello } = await openLink(folder, {
      wire: (output) => (wire = serial(output)),
    });
    const { Session } = await import("../src/live/session/session.js");
    expect(() => new Session({ wire: wire!, hello })).toThrow(/com2 has a session already/);
    session.end((name) => new LaneError("guest-ended", name));
    expect(() => new Session({ wire: wire!, hello })).not.toThrow();
  });

  test("ends when somebody else asks the same agent", async () => {
    const { session, inject, seen } = await openLink(folder, { wire: serial });
    inject(`${encodeFrame(1, encodeRequest(s.syscall({ nr: GETPID })))}\n`);
    await vi.waitFor(() => expect(seen).toHaveLength(2));
    await expect(ask(session, s.syscall({ nr: GETPID }))).rejects.toMatchObject({
      code: "channel-two-writers",
      who: "usage",
    });
  });

  test("says of a reply that is late that it is late, and throws it away", async () => {
    const { session } = await openLink(folder, { wire: serial });
    // The agent is not told of the deadline that the session keeps.
    const late = session.ask(s.sleep(2_500), {
      context: "main",
      name: "late",
      deadlineMs: 10,
      site: { stack: "" },
    });
    await expect(late).rejects.toMatchObject({ code: "channel-reply-late", facts: { seq: 1 } });
    expect((await ask(session, s.syscall({ nr: GETPID }))).reply).toMatchObject({
      data: { step: 2 },
    });
  });

  test("tells of silence when nothing comes any more, and rejects what waits with what it is ended with", async () => {
    let told: (waitedMs: number) => void;
    const silence = new Promise<number>((resolve) => (told = resolve));
    const link = await openLink(folder, { wire: serial, session: { silent: (ms) => told(ms) } });
    process.kill(link.child.pid!, "SIGSTOP");
    const call = ask(link.session, s.syscall({ nr: PAUSE, name: "hangs", deadlineMs: 50 }));
    expect(await silence).toBeGreaterThan(400);
    link.session.end((name) => new LaneError("guest-ended", `${name}: hung`));
    await expect(call).rejects.toMatchObject({ message: "hangs: hung" });
    await expect(ask(link.session, s.sleep(1))).rejects.toMatchObject({
      message: "sleep 1 ms: hung",
    });
  });

  test("is an error of the channel where nobody looks after the silence", async () => {
    const link = await openLink(folder, { wire: serial });
    process.kill(link.child.pid!, "SIGSTOP");
    const call = ask(link.session, s.syscall({ nr: PAUSE, deadlineMs: 50 }));
    await expect(call).rejects.toMatchObject({ code: "channel-silent", facts: { seq: 1 } });
  });
});
