import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import * as s from "../src/protocol/steps.js";
import { buildAgents, runAgent } from "./agent-process.js";
import { tempFolder } from "./temp-folder.js";

// Numbers of Linux on amd64.
const CLOSE = 3;
const PIPE = 22;
const DUP = 32;
const GETPID = 39;
const EXIT_GROUP = 231;
const UNKNOWN = 4000;

beforeAll(buildAgents, 120_000);

describe("many calls", () => {
  test("in one step come back compactly, in order, with their buffers", async () => {
    const run = await runAgent([
      s.batch(
        [
          s.call({ nr: UNKNOWN, repeat: 1000 }),
          s.call({ nr: PIPE, args: [s.outBytes(8)] }),
          s.call({ nr: CLOSE, args: [3] }),
          s.call({ nr: CLOSE, args: [3] }),
        ],
        { name: "batch" },
      ),
      s.repeat({ name: "repeat", nr: UNKNOWN, count: 20_000 }),
    ]);
    expect(run.reply("batch").data).toMatchObject({
      calls: 1003,
      results: "e38*1000,0/0300000004000000,0,e9",
    });
    expect(run.outcome("repeat")).toBe("ENOSYS");
  });

  test("with thousands of different results come back whole, in parts", async () => {
    const calls = Array.from({ length: 4000 }, (_, at) =>
      s.call({ nr: DUP, args: [at % 3 === 0 ? 1 : 500 + at] }),
    );
    const run = await runAgent([s.batch(calls, { name: "dups" })]);
    const results = String(run.reply("dups").data["results"]).split(",");
    const total = results.reduce((sum, one) => sum + Number(one.split("*")[1] ?? 1), 0);
    expect(total).toBe(4000);
  });

  test("that die on the way say how far they came", async () => {
    const calls = [s.call({ nr: GETPID, repeat: 41 }), s.call({ nr: EXIT_GROUP, args: [3] })];
    const run = await runAgent([s.batch(calls, { name: "dies" })]);
    expect(run.reply("dies")).toMatchObject({ status: "exited", data: { exit: 3, at: 41 } });
  });

  test("are timed into a distribution that is ordered and complete", async () => {
    const run = await runAgent([s.time({ name: "time", nr: UNKNOWN, count: 2000, warmup: 10 })]);
    const data = run.reply("time").data as Record<string, number>;
    expect(data).toMatchObject({ count: 2000, kept: 2000, results: "e38*2000" });
    const ordered = ["min", "median", "p95", "p99", "max"].map((field) => data[field]!);
    expect([...ordered].sort((a, b) => a - b)).toEqual(ordered);
    expect(data["mean"]).toBeGreaterThanOrEqual(data["min"]!);
    expect(data["mean"]).toBeLessThanOrEqual(data["max"]!);
    expect(run.outcome("time")).toBe("ENOSYS");
  });
});

describe("files and programs", () => {
  test("are read up to a limit, byte for byte, and written", async () => {
    const folder = tempFolder("agent-files");
    const path = join(folder, "a file");
    const bytes = Uint8Array.from({ length: 5000 }, (_, at) => at % 256);
    const run = await runAgent([
      s.writeFile(path, bytes, { name: "write" }),
      s.readFile(path, { name: "whole" }),
      s.readFile(path, { name: "exactly", limitBytes: 5000 }),
      s.readFile(path, { name: "cut", limitBytes: 4999 }),
      s.readFile("/proc/self/cmdline", { name: "proc" }),
      s.readFile(join(folder, "none"), { name: "none" }),
      s.writeFile("/proc/none/at/all", "x", { name: "unwritable" }),
    ]);
    expect(run.outcome("write")).toBe("ok");
    expect(Buffer.from(await readFile(path)).equals(Buffer.from(bytes))).toBe(true);
    const content = run.reply("whole").data["content"] as string;
    expect(Buffer.from(content, "latin1").equals(Buffer.from(bytes))).toBe(true);
    expect(run.reply("exactly").data).toMatchObject({ bytes: 5000, truncated: false });
    expect(run.reply("cut").data).toMatchObject({ bytes: 4999, truncated: true });
    expect(run.outcome("none")).toBe("ENOENT");
    expect(run.outcome("unwritable")).toBe("ENOENT");
    expect(run.outcome("proc")).not.toBe("");
  });

  test("run with arguments and variables, their lines passed on by stream, their end told", async () => {
    const script = 'echo "$A|$1"; printf "\\303\\274 \\377" >&2; exit 3';
    const run = await runAgent([
      s.program("/bin/sh", ["-c", script, "sh", "b c"], { env: { A: "ä=1" }, name: "sh" }),
      s.program("/bin/sh", ["-c", "kill -9 $$"], { name: "killed" }),
      s.program("/no/such/program", [], { name: "missing" }),
      s.program("/bin/sh", ["-c", "sleep 60 & echo done"], { name: "leaves a child" }),
    ]);
    const output = run.observations.filter(({ kind, name }) => kind === "output" && name === "sh");
    expect(output.map(({ data, status }) => [data["stream"], status, data["text"]])).toEqual(
      expect.arrayContaining([
        ["stdout", "line", "ä=1|b c"],
        ["stderr", "piece", "\u00c3\u00bc \u00ff"],
      ]),
    );
    expect(run.outcome("sh")).toBe("exit 3");
    expect(run.outcome("killed")).toBe("SIGKILL");
    expect(run.outcome("missing")).toBe("ENOENT");
    expect(run.outcome("leaves a child")).toBe("exit 0");
  });

  test("that never stop talking are cut, counted, and do not hold up the run", async () => {
    const run = await runAgent([
      s.program("/bin/sh", ["-c", "yes 0123456789 | head -n 100000"], {
        limitBytes: 2000,
        name: "yes",
      }),
    ]);
    const data = run.reply("yes").data as { bytes: number; dropped: number };
    expect(data.bytes).toBeLessThanOrEqual(2000);
    expect(data.bytes + data.dropped).toBe(1_000_000);
  });
});
