/**
 * Whatever a guest says, and however much of it, the agent's frames are whole: JSON that parses, within the limit of a frame.
 */
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { encodeFrame, FrameReader } from "../src/console/framing.js";
import { limits } from "../src/protocol/limits.js";
import * as s from "../src/protocol/steps.js";
import {
  agentPath,
  buildAgents,
  ended,
  LiveAgent,
  runAgent,
  type AgentRun,
} from "./agent-process.js";
import { tempFolder } from "./temp-folder.js";

let folder: string;
beforeAll(async () => {
  await buildAgents();
  folder = tempFolder("frames");
}, 120_000);

function expectWhole(run: AgentRun): void {
  for (const event of run.events) {
    if (event.type !== "frame") throw new Error(`found ${event.type}, expected a frame`);
    expect(`${encodeFrame(event.seq, event.payload)}\n`.length).toBeLessThanOrEqual(
      limits.frameBytes,
    );
    const { kind, status, data, meta } = JSON.parse(event.payload) as Record<string, unknown>;
    expect([typeof kind, typeof status, typeof data, typeof meta]).toEqual([
      ...["string", "string", "object", "object"],
    ]);
  }
  expect(run.observations.at(-1)).toMatchObject({ kind: "end", status: "done" });
}

/** Bytes of every kind, whose lengths lie around the sizes at which the agent cuts: of a piece, a chunk, a field, a frame. */
const bytes = fc
  .tuple(
    fc.constantFrom(0, 480, 511, 1024, 3072, 4056, 4096),
    fc.integer({ min: -40, max: 40 }),
    fc.constantFrom("plain", "control", "high", "quotes", "mixed"),
    fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  )
  .map(([around, off, kind, seed]) => {
    const length = Math.max(0, around + off);
    const alphabet = {
      plain: [0x41],
      control: [1, 7, 0x1f],
      high: [0x80, 0xff, 0xc3],
      quotes: [0x22, 0x5c],
      mixed: [0x41, 0x22, 0x5c, 0x0a, 0xff, 0xc3, 0xbc, 1, 0x7f],
    }[kind as "plain"];
    return Buffer.from(
      Array.from(
        { length },
        (_, at) => alphabet[(at * 7 + (seed >>> (at % 13))) % alphabet.length]!,
      ),
    );
  });

/** A plan's word of any bytes. */
const word = (text: Buffer) =>
  text.length === 0
    ? "%-"
    : [...text].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");

describe("a frame", () => {
  test("is whole whatever a marker, a file, a buffer or a program says", async () => {
    await fc.assert(
      fc.asyncProperty(bytes, async (said) => {
        const path = join(folder, "said");
        await writeFile(path, said);
        const buffer = s.inOutBytes(said.length === 0 ? Buffer.alloc(1) : said);
        const run = await runAgent(
          [
            s.readFile(path, { name: "file" }),
            s.program("/bin/cat", [path], { name: "program" }),
            s.syscall({ name: "buffer", nr: 39, args: [buffer, buffer, 1] }),
          ],
          {
            editPlan: (text) =>
              text.replace("begin\n", () => `begin\n77 main - 1000 - marker ${word(said)}\n`),
          },
        );
        expectWhole(run);
        const { content } = run.reply("file").data;
        expect(
          Buffer.from(String(content), said.toString() === content ? "utf8" : "latin1"),
        ).toEqual(said);
        const marker = run.observations.find(({ kind }) => kind === "marker")!;
        const text = String(marker.data["text"]);
        const cut = Number(marker.meta["cut"] ?? 0);
        const shown = Buffer.from(text, /[\x80-\xff]/.test(text) ? "latin1" : "utf8");
        if (marker.data["encoding"] === "latin1" || cut === 0) {
          const same = cut === 0 && marker.data["encoding"] === undefined;
          expect((same ? Buffer.from(text) : shown).length + cut).toBe(said.length);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("is whole whatever stands in a line of the plan", async () => {
    const text = fc
      .array(fc.integer({ min: 0x21, max: 0x7e }), { minLength: 1, maxLength: 6000 })
      .map((codes) => String.fromCharCode(...codes));
    await fc.assert(
      fc.asyncProperty(text, text, text, async (name, operation, operands) => {
        const lines = [
          `1 nobody - 1000 ${name} ${operation} ${operands}`,
          `2 main - 1000 ${name} ${operation} ${operands}`,
          `3 ${name.slice(0, 63)} - 1000 - syscall ${operands}`,
          `4 main - 1000 - spawn ${name.slice(0, 31)}`,
          `5 main - 1000 - marker ${operands}`,
          `6 main - 1000 - read-file 10 ${operands}`,
          `7 main - 1000 - program 10 a:${operands}`,
          `8 main - 1000 - batch ${operands} ; ${name}`,
        ];
        const run = await runAgent([s.sleep(0, { name: "last" })], {
          editPlan: (plan) => plan.replace("begin\n", () => `begin\n${lines.join("\n")}\n`),
        });
        expectWhole(run);
        expect(run.observations.at(-1)!.data["steps"]).toBe(lines.length + 1);
      }),
      { numRuns: 30 },
    );
  });

  test("is whole where the run's id and the channel's name need the most room", async () => {
    const quotes = '"'.repeat(255);
    const plan = ["kernlane-plan 1", `run-id ${quotes}`, "transport live", "channel stdio"];
    await writeFile(
      join(folder, "quotes"),
      [...plan, "deadline 30000", "at-end exit", "begin", "end", ""].join("\n"),
    );
    const child = spawn(agentPath, [join(folder, "quotes")], { stdio: ["pipe", "pipe", "ignore"] });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString("latin1")));
    child.stdin.end(`${encodeFrame(0, "sync")}\n${encodeFrame(1, "main - 1000 - hello")}\n`);
    await ended(child);
    const reader = new FrameReader();
    const frames = said.split("\n").flatMap((line) => (line === "" ? [] : reader.read(line)));
    const payloads = frames.map((frame) => {
      if (frame.type !== "frame") throw new Error(`found ${frame.type}, expected a frame`);
      return JSON.parse(frame.payload) as { kind: string; data: { run: string } };
    });
    expect(payloads.map(({ kind }) => kind)).toEqual(["hello", "sync", "hello", "end"]);
    for (const { data } of payloads.slice(0, 3)) expect(data.run).toBe(quotes);
  });

  test("says why there is no plan, whatever the plan's path is", async () => {
    const path = `/${'"'.repeat(200)}/${"\u0001".repeat(700)}`;
    const child = spawn(agentPath, [path], { stdio: ["ignore", "pipe", "ignore"] });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString("latin1")));
    expect(await ended(child)).toBe(1);
    const [frame] = said
      .split("\n")
      .flatMap((line) => new FrameReader().read(line))
      .filter(({ type }) => type === "frame");
    const payload = JSON.parse((frame as { payload: string }).payload) as unknown;
    expect(payload).toMatchObject({ kind: "error", status: "no-plan" });
  });
});

describe("requests", () => {
  test("of random bytes are complained of or refused, and the next one is answered", async () => {
    const noise = fc.array(
      fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        fc.string({ unit: "binary-ascii", maxLength: 300 }).map((text) => Buffer.from(text)),
        fc
          .constantFrom("@kl ", "@kl 1 ", "\n", "\0", "@kl 4294967295 00000000 x\n")
          .map((text) => Buffer.from(text)),
      ),
      { maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(noise, async (chunks) => {
        const agent = await LiveAgent.start(folder);
        for (const chunk of chunks) agent.write(Buffer.from(chunk));
        agent.write("\n");
        agent.send(1, "main - 1000 - hello");
        let reply = await agent.next();
        while (reply["kind"] === "nak" || reply["kind"] === "sync") reply = await agent.next();
        expect(reply).toMatchObject({ kind: "hello", data: { step: 1 } });
        expect(agent.trouble).toEqual([]);
        expect(await agent.close()).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test("whose words are random are refused or carried out, each with one reply", async () => {
    const pieces = fc.constantFrom(
      ...[
        "39",
        "0x27",
        "-1",
        "&0",
        "&1+7",
        "&99",
        "$1",
        "in:4:6869",
        "in:0:",
        "io:70000:",
        "out:8",
        "out:",
      ],
      ...[
        "at:0:0:1:0",
        "at:0:0:0:4",
        "at::::",
        "at:0",
        "x3",
        "x0",
        ";",
        "meet 1 1",
        "fork",
        "%41",
        "&",
        "in:",
        "in:8:zz",
      ],
      ...["18446744073709551616", "0x", "a:/bin/true", "e:A=1", "-", "string", "kern.ident", "10"],
    );
    const line = fc
      .tuple(
        fc.constantFrom(
          "syscall",
          "batch",
          "time",
          "barrier",
          "join",
          "sysctl",
          "sysctl-set",
          "sysctl-restore",
          "sysctl-tree",
          "read-file",
          "write-file",
          "program",
          "kill",
          "marker",
          "power",
        ),
        fc.array(pieces, { maxLength: 24 }),
      )
      .filter(([operation, words]) => !["power", "kill"].includes(operation) || words.length > 2)
      .map(([operation, words]) => `main - 1000 - ${operation} ${words.join(" ")}`);
    const agent = await LiveAgent.start(folder);
    let seq = 0;
    await fc.assert(
      fc.asyncProperty(line, async (request) => {
        let reply = await agent.ask(++seq, request);
        while (reply["kind"] === "part" || reply["kind"] === "output") reply = await agent.next();
        expect(reply).toMatchObject({ data: { step: seq } });
        expect(["ok", "errno", "refused", "exited", "timed-out", "signal"]).toContain(
          reply["status"],
        );
      }),
      { numRuns: 500 },
    );
    expect(agent.trouble).toEqual([]);
    expect(await agent.close()).toBe(0);
  });
});
