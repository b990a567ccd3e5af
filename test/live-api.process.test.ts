/**
 * The guest API against the real agent as a plain process.
 */
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { LaneError } from "../src/base/errors.js";
import { openGuestApi, type GuestApi } from "../src/live/guest/guest-api.js";
import { openGuestConsole } from "../src/live/guest/guest-console.js";
import { serialWire, virtioWire } from "../src/live/session/wire.js";
import { inBytes, outBytes, pointerAt } from "../src/protocol/steps.js";
import { buildAgents } from "./agent-process.js";
import { openLink } from "./live-link.js";
import { tempFolder } from "./temp-folder.js";

let folder: string;
beforeAll(async () => {
  await buildAgents();
  folder = tempFolder("api");
}, 120_000);

const WRITEV = 20;
const PAUSE = 34;
const GETPID = 39;
const EXIT = 60;
const UMASK = 95;
const GETTID = 186;
const KILL = 62;

async function guest(): Promise<GuestApi> {
  const { session } = await openLink(folder, { wire: (out) => virtioWire(out, "virtio") });
  return openGuestApi({ session, family: "linux" });
}

describe("guest.syscall", () => {
  test("gives what a call returned, by value, and its errno by name and number", async () => {
    const it = await guest();
    const ok = await it.syscall(UMASK, 0o22);
    expect(ok).toMatchObject({ status: "ok", context: "main", seq: 1, errno: undefined });
    expect(ok.value).toBeTypeOf("bigint");
    expect(ok.tookNs).toBeGreaterThan(0);
    const failed = await it.syscall(KILL, 0x3fff_ffff, 0n, { name: "kill nobody" });
    expect(failed).toMatchObject({
      step: "kill nobody",
      outcome: "ESRCH",
      errno: "ESRCH",
      errnoNumber: 3,
      value: undefined,
    });
  });

  test("passes bytes both ways, whole", async () => {
    const it = await guest();
    const path = join(folder, "file");
    const text = new TextEncoder().encode("written by the guest");
    await it.writeFile(path, "");
    const opened = await it.syscall(2, new TextEncoder().encode(`${path}\0`), 2, 0);
    expect(opened.value).toBe(3n);
    const piece = inBytes(text);
    const iovec = inBytes("0000000000000000 1400000000000000", { pointers: [pointerAt(0, piece)] });
    expect((await it.syscall(WRITEV, 3, iovec, 1)).value).toBe(BigInt(text.length));
    const read = await it.syscall(17, 3, outBytes(64), 64, 8);
    expect(read.value).toBe(12n);
    expect(read.buffers).toHaveLength(1);
    expect(Buffer.from(read.buffers[0]!).toString().replace(/\0+$/, "")).toBe("by the guest");
    expect(read.buffers[0]).toHaveLength(64);
    const both = Uint8Array.from({ length: 9000 }, (_, at) => at % 251);
    const { buffers } = await it.syscall(UMASK, 0o22, both);
    expect(buffers[0]).toEqual(both);
  });

  test("shows a fatal call as its signal or exit, in a fork and without", async () => {
    const it = await guest();
    const pid = (await it.syscall(GETPID)).value;
    expect(await it.syscall(EXIT, 7, { fork: true })).toMatchObject({
      outcome: "exit 7",
      exitStatus: 7,
    });
    expect((await it.syscall(GETPID)).value).toBe(pid);
    expect(await it.syscall(KILL, pid!, 11)).toMatchObject({
      outcome: "SIGSEGV",
      signal: "SIGSEGV",
    });
    expect((await it.syscall(GETPID)).value).not.toBe(pid);
    const hang = await it.syscall(PAUSE, { fork: true, deadlineMs: 100 });
    expect(hang).toMatchObject({ status: "timed-out", outcome: "timed out" });
  });

  test.each<[string, (it: GuestApi) => Promise<unknown>, string]>([
    ["seven arguments", (it) => it.syscall(1, 1, 2, 3, 4, 5, 6, 7), "step-too-many-arguments"],
    ["a bigint out of range", (it) => it.syscall(1, 2n ** 64n), "step-number-out-of-range"],
    [
      "a buffer over the limit",
      (it) => it.syscall(1, new Uint8Array(65_537)),
      "step-buffer-too-large",
    ],
    ["unknown options", (it) => it.syscall(1, { forked: true } as never), "call-options-unknown"],
    ["a process named main", (it) => it.process("main"), "step-context-invalid"],
    ["a path that is not absolute", (it) => it.readFile("etc"), "step-path-invalid"],
    ["a missing file", (it) => it.readFile("/nowhere"), "guest-call-failed"],
  ])("refuses %s at the call that asked for it", async (_, ask, code) => {
    const it = await guest();
    const error = await ask(it).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LaneError);
    expect(error).toMatchObject({ code, who: "usage" });
    expect((error as Error).stack).toContain("live-api.process.test.ts");
  });
});

describe("many calls", () => {
  test("a batch gives one result a call, in order", async () => {
    const it = await guest();
    const { results, outcome } = await it.batch([
      [UMASK, 1],
      [UMASK, 2],
      [KILL, -1, 99],
      [UMASK, 1],
    ]);
    expect(results.slice(1).map((one) => one.outcome)).toEqual(["= 1", "EINVAL", "= 2"]);
    expect(results).toHaveLength(4);
    expect(outcome).toContain("EINVAL");
    const large = await it.batch(
      Array.from({ length: 3000 }, (_, at) => [UMASK, at % 512] as const),
    );
    expect(large.results.slice(1).map(({ value }) => value)).toEqual(
      Array.from({ length: 2999 }, (_, at) => BigInt(at % 512)),
    );
    const read = await it.batch([[17, -1, outBytes(4), 4, 0]]);
    expect(read.results[0]).toMatchObject({ errno: "EBADF", buffers: [new Uint8Array(4)] });
  });

  test("a repeat tells runs, a timing a distribution", async () => {
    const it = await guest();
    const { runs } = await it.repeat([UMASK, 0o22], { count: 50_000 });
    expect(runs.reduce((sum, { times }) => sum + times, 0)).toBe(50_000);
    expect(runs.at(-1)?.result).toMatchObject({ outcome: "= 18", value: 18n });
    const timed = await it.time([GETPID], { count: 2000, warmup: 10 });
    expect(timed).toMatchObject({ status: "ok", count: 2000, kept: 2000 });
    expect(timed.minNs).toBeLessThanOrEqual(timed.medianNs);
    expect(timed.medianNs).toBeLessThanOrEqual(timed.p95Ns);
    expect(timed.p99Ns).toBeLessThanOrEqual(timed.maxNs);
    expect(timed.runs.map(({ times }) => times)).toEqual([2000]);
  });
});

describe("processes and threads", () => {
  test("each has state of its own, which exec keeps or ends as the kernel does", async () => {
    const it = await guest();
    await using one = await it.process();
    const two = await it.process("two");
    await one.syscall(UMASK, 0o11);
    await two.syscall(UMASK, 0o33);
    expect((await one.syscall(UMASK, 0o11)).value).toBe(BigInt(0o11));
    expect((await one.syscall(GETPID)).value).toBe(BigInt(one.pid));
    await one.exec();
    expect((await one.syscall(GETPID)).value).toBe(BigInt(one.pid));
    expect(await two.exit(3)).toMatchObject({ exitStatus: 3 });
    await expect(two.syscall(GETPID)).rejects.toMatchObject({
      code: "context-ended",
      who: "usage",
    });
    expect((await (await it.process("two")).syscall(UMASK, 0)).value).not.toBe(BigInt(0o33));
    expect(await one.kill("SIGTERM")).toMatchObject({ status: "ok" });
    await expect(one.exec()).rejects.toThrow(/killed by SIGTERM/);
  });

  test("threads share a process, meet at barriers, and end with it or before", async () => {
    const it = await guest();
    await using process = await it.process();
    const threads = await Promise.all([process.thread(), process.thread("b"), process.thread()]);
    using start = it.barrier(3);
    const replies = await Promise.all(
      threads.map(async (thread) => {
        await thread.meet(start);
        return thread.batch([start.entry, [GETTID], [GETPID]]);
      }),
    );
    expect(replies.map(({ results }) => results[0]?.value)).toEqual(
      threads.map(({ tid }) => BigInt(tid)),
    );
    expect(new Set(threads.map(({ tid }) => tid)).size).toBe(3);
    await threads[0].exit();
    await expect(threads[0].syscall(GETTID)).rejects.toMatchObject({ code: "context-ended" });
    await process.exec();
    await expect(threads[1].syscall(GETTID)).rejects.toThrow(/called exec/);
    expect((await (await process.thread("b")).syscall(GETPID)).value).toBe(BigInt(process.pid));
  });

  test("a barrier that is disposed of makes room for another", async () => {
    const it = await guest();
    const barriers = Array.from({ length: 32 }, () => it.barrier(2));
    expect(() => it.barrier(2)).toThrow(/found 32 of them in use/);
    barriers[5]![Symbol.dispose]();
    expect(it.barrier(2).number).toBe(5);
  });
});

describe("the rest of the guest", () => {
  test("files, sysctls and programs", async () => {
    const it = await guest();
    const path = join(folder, "text");
    await it.writeFile(path, "größe\n");
    expect(await it.readFile(path)).toBe("größe\n");
    expect(await it.sysctl("kernel.ostype")).toBe("Linux");
    const ran = await it.run("/bin/sh", [
      "-c",
      `printf 'a\\n${"x".repeat(1000)}'; echo b >&2; exit 4`,
    ]);
    expect(ran).toMatchObject({ exitStatus: 4, stdout: ["a", "x".repeat(1000)], stderr: ["b"] });
    expect(await it.run("/nowhere")).toMatchObject({ errno: "ENOENT" });
    expect(await it.run("/bin/sleep", ["9"], { deadlineMs: 100 })).toMatchObject({
      status: "timed-out",
    });
  });

  test("counters while something is done", async () => {
    const it = await guest();
    const path = join(folder, "stats");
    await it.writeFile(path, "a 1\nbuckets 0,0\nname x\ngone 1\nbig 9007199254740993\n");
    const counted = await it.counters(path, async () => {
      await it.writeFile(path, "a 3\nbuckets 0,5\nname x\nmore 1\nbig 9007199254740995\n");
      return "done";
    });
    expect(counted).toEqual({
      deltas: { a: 2, buckets: [0, 5], big: 2 },
      changed: { a: 2, buckets: [0, 5], big: 2 },
      before: { a: 1, buckets: [0, 0], gone: 1, big: 9007199254740993n },
      after: { a: 3, buckets: [0, 5], more: 1, big: 9007199254740995n },
      problems: {
        name: 'no number: "x"',
        gone: "went away meanwhile: 1",
        more: "appeared meanwhile: 1",
      },
      result: "done",
    });
    expect((await it.counters(["/proc/stat", path], () => 1)).deltas["a"]).toBe(0);
  });

  test("counters that cannot be read, or a callback that fails, are the caller's error", async () => {
    const it = await guest();
    await expect(it.counters("kern.twq.*", () => 1)).rejects.toThrow(
      expect.objectContaining({
        code: "guest-call-failed",
        message: "counters kern.twq.*: ENOENT",
      }) as Error,
    );
    const failure = new Error("mine");
    await expect(it.counters("/proc/stat", () => Promise.reject(failure))).rejects.toBe(failure);
    await expect(it.sysctl.set("kernel.osrelease", 1)).rejects.toThrow(/: E(ACCES|PERM)$/);
  });

  test("works over a serial port too, where long requests go in pieces", async () => {
    const { session } = await openLink(folder, { wire: (out) => serialWire(out, "com2") });
    const it = openGuestApi({ session, family: "linux" });
    const { results } = await it.batch(
      Array.from({ length: 500 }, (_, at) => [UMASK, at % 512] as const),
    );
    expect(results.at(-1)?.value).toBe(498n);
    const path = join(folder, "long");
    await it.writeFile(path, "y".repeat(20_000));
    expect(await it.readFile(path)).toBe("y".repeat(20_000));
  });
});

describe("the console", () => {
  const ended = (name: string): LaneError =>
    new LaneError("guest-ended", `${name}: the guest panicked`);

  test("is waited for from what was waited for last", async () => {
    const { console: it, line, begin } = openGuestConsole();
    line("WARNING of the boot");
    begin();
    line("WARNING one");
    expect(await it.waitFor("WARNING")).toBe("WARNING one");
    const next = it.waitFor(/^WARNING (t\w+)/g);
    line("something else");
    line("WARNING two");
    expect(await next).toBe("WARNING two");
    expect(it.tail(2)).toEqual(["something else", "WARNING two"]);
    expect(it.linesFrom(2)).toEqual(["something else", "WARNING two"]);
  });

  test("says what it said instead, and ends with the guest", async () => {
    const { console: it, line, end } = openGuestConsole();
    line("only this");
    await expect(it.waitFor("that", { timeoutMs: 20 })).rejects.toThrow(/20 ms.*\n {2}only this/);
    const waiting = it.waitFor("never");
    end(ended);
    await expect(waiting).rejects.toThrow(/console.waitFor\("never"\): the guest panicked/);
    expect(await it.waitFor("only")).toBe("only this");
    await expect(it.waitFor("more")).rejects.toMatchObject({ code: "guest-ended" });
  });

  test("keeps the last of many lines, and numbers them all", () => {
    const { console: it, line } = openGuestConsole();
    for (let at = 0; at < 25_000; at++) line(`line ${at}`);
    expect(it.lineCount).toBe(25_000);
    expect(it.linesFrom(24_999)).toEqual(["line 24999"]);
    expect(it.text().length).toBeLessThan(20_000 * 12);
  });
});
