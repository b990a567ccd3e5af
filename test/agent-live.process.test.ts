import { join } from "node:path";
import { beforeAll, beforeEach, afterEach, describe, expect, test } from "vitest";
import { encodeFrame } from "../src/console/framing.js";
import { encodeRequest, splitRequest } from "../src/protocol/encode-request.js";
import * as s from "../src/protocol/steps.js";
import { buildAgents, LiveAgent } from "./agent-process.js";
import { tempFolder } from "./temp-folder.js";

let folder: string;
let agent: LiveAgent;

beforeAll(async () => {
  await buildAgents();
  folder = tempFolder("live");
}, 120_000);

beforeEach(async () => {
  agent = await LiveAgent.start(folder);
});
afterEach(async () => {
  await agent.close();
});

const GETPID = 39;
const PAUSE = 34;
const quiet = { quiet: true };
const getpid = encodeRequest(s.syscall({ nr: GETPID }), quiet);
const writes = (path: string) => encodeRequest(s.writeFile(path, "x"), quiet);

describe("the live channel", () => {
  test("answers requests by their numbers, many in one write", async () => {
    agent.write([1, 2, 3, 4, 5].map((seq) => `${encodeFrame(seq, getpid)}\n`).join(""));
    for (let step = 1; step <= 5; step++) {
      expect(await agent.next()).toMatchObject({ kind: "syscall", status: "ok", data: { step } });
    }
    expect(agent.trouble).toEqual([]);
  });

  test("carries out contexts side by side and answers each in order", async () => {
    await agent.ask(1, encodeRequest({ kind: "spawn", process: "p" }));
    const hang = s.syscall({ nr: PAUSE, deadlineMs: 300 });
    agent.send(2, encodeRequest(hang, { context: "p" }));
    agent.send(3, encodeRequest(s.syscall({ nr: GETPID }), { context: "p" }));
    agent.send(4, getpid);
    expect(await agent.next()).toMatchObject({ data: { step: 4 } });
    expect(await agent.next()).toMatchObject({ status: "timed-out", data: { step: 2 } });
    expect(await agent.next()).toMatchObject({ status: "gone", data: { step: 3 } });
  });

  test("says which number it expects after noise and after damage, and goes on with it", async () => {
    await agent.ask(1, getpid);
    agent.write("\x00\xff login: noise\n");
    expect(await agent.next()).toMatchObject({
      kind: "nak",
      status: "damaged",
      data: { expected: 2 },
    });
    agent.write(
      `${encodeFrame(2, getpid).replace("syscall", "sysca11")}\n${encodeFrame(3, getpid)}\n`,
    );
    expect(await agent.next()).toMatchObject({
      kind: "nak",
      status: "damaged",
      data: { expected: 2 },
    });
    agent.write(`half a frame@kl 2 00${encodeFrame(2, getpid)}\n`);
    expect(await agent.next()).toMatchObject({ status: "ok", data: { step: 2 } });
    agent.write(`noise in front ${encodeFrame(3, getpid)}\r\n\r\n`);
    expect(await agent.next()).toMatchObject({ status: "ok", data: { step: 3 } });
  });

  test("complains of a gap once and never carries out what lies beyond it", async () => {
    agent.send(3, getpid);
    expect(await agent.next()).toMatchObject({
      kind: "nak",
      status: "gap",
      data: { expected: 1, got: 3 },
    });
    agent.send(4, getpid);
    expect(await agent.ask(1, getpid)).toMatchObject({ data: { step: 1 } });
    expect(await agent.ask(2, getpid)).toMatchObject({ data: { step: 2 } });
    expect(await agent.ask(3, getpid)).toMatchObject({ data: { step: 3 } });
  });

  test("carries out a number once: its reply comes again, the call does not", async () => {
    const path = join(folder, "once");
    expect(await agent.ask(1, writes(path))).toMatchObject({ status: "ok" });
    const unlink = s.syscall({ nr: 87, args: [s.inBytes(new TextEncoder().encode(`${path}\0`))] });
    expect(await agent.ask(2, encodeRequest(unlink, quiet))).toMatchObject({ status: "ok" });
    // Carried out twice it would be ENOENT, since the file is gone.
    expect(await agent.ask(2, encodeRequest(unlink, quiet))).toMatchObject({
      status: "ok",
      data: { step: 2 },
    });
    expect(await agent.ask(3, encodeRequest(unlink, quiet))).toMatchObject({ status: "errno" });
  });

  test("refuses a repeated number whose reply has not been made yet, or is no longer kept", async () => {
    agent.send(1, encodeRequest(s.syscall({ nr: PAUSE, deadlineMs: 400 }), quiet));
    agent.send(1, getpid);
    expect(await agent.next()).toMatchObject({
      kind: "nak",
      status: "in-progress",
      data: { got: 1 },
    });
    expect(await agent.next()).toMatchObject({ status: "timed-out", data: { step: 1 } });
    for (let seq = 2; seq <= 70; seq++) await agent.ask(seq, getpid);
    expect(await agent.ask(1, getpid)).toMatchObject({ kind: "nak", status: "expired" });
  });

  test("puts a request together from its pieces, each answered, damaged ones sent again", async () => {
    const bytes = "5a".repeat(1500);
    const request = encodeRequest(s.syscall({ nr: GETPID, args: [s.inOutBytes(bytes)] }), quiet);
    const pieces = splitRequest(request, 800);
    expect(pieces.every((piece) => piece.length <= 800)).toBe(true);
    agent.write(`${encodeFrame(1, pieces[0]!).replace("5a5a", "5a5b")}\n`);
    expect(await agent.next()).toMatchObject({
      kind: "nak",
      status: "damaged",
      data: { expected: 1 },
    });
    for (const [at, piece] of pieces.slice(0, -1).entries()) {
      expect(await agent.ask(at + 1, piece)).toMatchObject({ kind: "piece", status: "ok" });
    }
    agent.send(pieces.length, pieces.at(-1)!);
    let reply = await agent.next();
    let hex = "";
    for (; reply["kind"] === "part"; reply = await agent.next())
      hex += (reply["data"] as { text: string }).text;
    expect(hex + (reply["data"] as { buffer0: string }).buffer0).toBe(bytes);
    expect(await agent.ask(pieces.length + 1, getpid)).toMatchObject({ status: "ok" });
  });

  test("tells a host that attaches where it is", async () => {
    await agent.ask(1, getpid);
    agent.write("\n");
    expect(await agent.ask(0, "sync")).toMatchObject({
      kind: "sync",
      data: { expected: 2, sent: 3, pending: 0, run: "live" },
    });
    expect(await agent.ask(2, encodeRequest({ kind: "hello" }))).toMatchObject({
      kind: "hello",
      data: { step: 2, transport: "live" },
    });
  });

  test("survives lines of any length and content", async () => {
    agent.write(`${"x".repeat(700_000)}\n${encodeFrame(1, "y".repeat(5000))}\n`);
    const seen = [await agent.next(), await agent.next()];
    expect(seen[0]).toMatchObject({ kind: "nak" });
    expect(seen[1]).toMatchObject({ status: "refused", data: { step: 1 } });
    const large = s.syscall({ nr: GETPID, args: [s.inOutBytes("ab".repeat(1000))] });
    expect(await agent.ask(2, encodeRequest(large, quiet))).toMatchObject({ status: "ok" });
  });

  test("ends with its input, says so, and leaves nothing running", async () => {
    agent.send(1, encodeRequest(s.marker("bye"), quiet));
    expect(await agent.next()).toMatchObject({ kind: "marker" });
    const status = agent.close();
    expect(await agent.next()).toMatchObject({ kind: "end", status: "done", data: { steps: 1 } });
    expect(await status).toBe(0);
  });
});
