/**
 * Live guests: every call of the API in a real one, and what becomes of calls when the guest dies, hangs, or its channel is
 * disturbed.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inject, describe, expect, test } from "vitest";
import { LaneError } from "../../src/base/errors.js";
import type { LiveGuest } from "../../src/live/guest/live-guest.js";
import { encodePlan } from "../../src/protocol/encode-plan.js";
import { readEvents } from "../../src/run/event-log.js";
import { agentPath } from "../agent-process.js";
import { bootTwin } from "./live-guest.js";

const TWQ = 468;
const INIT = 1;
const GETPID = 39;
const PAUSE = 34;
const UMASK = 95;
const GETTID = 186;
const KILL = 62;

const failure = (work: Promise<unknown>): Promise<LaneError> =>
  work.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: unknown) => (error instanceof LaneError ? error : Promise.reject(error as Error)),
  );

describe("a live guest", () => {
  test("answers system calls, batches and timings, and is judged when it is closed", async () => {
    await using guest = await bootTwin();
    expect(guest.identity["release"]).toMatch(/-TWQDEBUG$/);
    expect(guest.identity["channel"]).toBe("/dev/virtio-ports/kernlane.probe");
    expect(await guest.syscall(TWQ, INIT, new Uint8Array(40), 40n, 0)).toMatchObject({
      outcome: "ENOTSUP",
      errno: "ENOTSUP",
      errnoNumber: 95,
    });
    const { results } = await guest.batch([
      [TWQ, 9999],
      [UMASK, 0o22],
      [UMASK, 0o77],
    ]);
    expect(results.map(({ outcome }) => outcome).slice(0, 1)).toEqual(["EINVAL"]);
    expect(results[2]?.value).toBe(18n);
    const timed = await guest.time([GETPID], { count: 20_000, warmup: 100 });
    expect(timed.count).toBe(20_000);
    expect(timed.p99Ns).toBeGreaterThanOrEqual(timed.medianNs);
    const { runs } = await guest.repeat([TWQ, INIT], { count: 100_000 });
    expect(runs).toMatchObject([{ times: 100_000, result: { errno: "ENOTSUP" } }]);
    const record = await guest.close();
    expect(record).toMatchObject({
      verdict: "passed",
      title: "answered to its end, and powered off",
    });
    expect(await guest.close()).toEqual(record);
    const error = await failure(guest.syscall(GETPID, { name: "getpid()" }));
    expect(error).toMatchObject({ code: "guest-ended", facts: { verdict: "passed" } });
    expect(error.message).toMatch(/^getpid\(\): the guest has ended, passed/);
    const folder = join(guest.plan.folder, "..");
    expect(JSON.parse(readFileSync(join(folder, "record.json"), "utf8"))).toMatchObject({
      verdict: "passed",
    });
    const events = readEvents(readFileSync(guest.plan.eventsLog, "utf8"), "events.jsonl");
    expect(events.filter(({ kind }) => kind === "request").length).toBeGreaterThan(4);
  });

  test("has processes and threads with state of their own", async () => {
    await using guest = await bootTwin();
    await using one = await guest.process();
    const two = await guest.process("two");
    await one.syscall(UMASK, 0o11);
    await two.syscall(UMASK, 0o33);
    expect((await one.syscall(UMASK, 0o11)).value).toBe(BigInt(0o11));
    await one.exec();
    expect((await one.syscall(GETPID)).value).toBe(BigInt(one.pid));
    const threads = await Promise.all([two.thread(), two.thread(), two.thread()]);
    using start = guest.barrier(3);
    const replies = await Promise.all(
      threads.map((thread) => thread.batch([start.entry, [GETTID], [GETPID]])),
    );
    expect(replies.map(({ results }) => results.map(({ value }) => value))).toEqual(
      threads.map(({ tid }) => [BigInt(tid), BigInt(two.pid)]),
    );
    await threads[0].exit();
    expect(await two.exit(5)).toMatchObject({ exitStatus: 5 });
    await expect(threads[1].syscall(GETTID)).rejects.toMatchObject({ code: "context-ended" });
    expect(await guest.syscall(KILL, one.pid, 11)).toMatchObject({ outcome: "ok" });
    expect(await one.syscall(GETPID)).toMatchObject({ status: "gone" });
  });

  test("has files, sysctls, programs and a console", async () => {
    await using guest = await bootTwin({ files: { "/bin/agent": agentPath } });
    await guest.writeFile("/tmp/text", "written\n");
    expect(await guest.readFile("/tmp/text")).toBe("written\n");
    expect(await guest.sysctl("kernel.ostype")).toBe("Linux");
    // The one program that is surely there: the agent again, with a plan of its own that has no steps.
    const plan = encodePlan(
      { steps: [] },
      {
        ...{ runId: "inner", transport: "oneshot", channels: ["/tmp/channel"] },
        ...{ deadlineMs: 9000, atEnd: "exit" },
      },
    );
    await guest.writeFile("/tmp/channel", "");
    await guest.writeFile("/tmp/plan", plan.text);
    const ran = await guest.run("/bin/agent", ["/tmp/plan"], { deadlineMs: 20_000 });
    expect(ran).toMatchObject({ exitStatus: 0, stderr: [], droppedBytes: 0 });
    expect(ran.stdout[0]).toMatch(/kernlane: agent for linux, run inner/);
    expect(await guest.run("/nowhere")).toMatchObject({ errno: "ENOENT" });
    await guest.writeFile("/proc/twq_fault", "warn");
    expect(await guest.console.waitFor(/WARNING: CPU: \d/)).toContain("faults.c");
    expect(guest.console.text()).toContain("Linux version");
    const late = await failure(guest.console.waitFor("never said", { timeoutMs: 100 }));
    expect(late).toMatchObject({ code: "console-timeout" });
    expect(late.message).toContain("---[ end trace");
    expect(await guest.close()).toMatchObject({ verdict: "failed" });
  });

  test("speaks over com2 where its kernel has no driver for the virtio port", async () => {
    await using guest = await bootTwin({ kernels: { stock: inject("stockKernel") } });
    expect(guest.identity["channel"]).toBe("/dev/ttyS1");
    expect((await guest.syscall(TWQ, INIT)).outcome).toBe("ENOSYS");
    const { results } = await guest.batch(
      Array.from({ length: 500 }, (_, at) => [UMASK, at % 512] as const),
    );
    expect(results.at(-1)?.value).toBe(498n);
    expect(await guest.close()).toMatchObject({ verdict: "passed" });
  });
});

describe("a guest that dies", () => {
  test("by a panic that a test wants leaves nothing to be ended or put back", async () => {
    const guest = await bootTwin({});
    {
      await using setting = await guest.sysctl.set("kernel.hostname", "counted");
      await using worker = await guest.process();
      expect(setting.after).toBe("counted");
      expect(worker.pid).toBeGreaterThan(1);
      const panicking = guest.counters("/proc/stat", () =>
        guest.writeFile("/proc/twq_fault", "panic"),
      );
      await expect(panicking).rejects.toMatchObject({ code: "guest-ended" });
    }
    expect((await guest.ended).verdict).toBe("panicked");
  });

  test("by a panic rejects the call under way and every later one with the panic", async () => {
    await using guest = await bootTwin();
    const waiting = failure((await guest.process()).syscall(PAUSE, { deadlineMs: 60_000 }));
    const error = await failure(guest.writeFile("/proc/twq_fault", "panic", { name: "the fault" }));
    expect(error).toMatchObject({ code: "guest-ended", facts: { verdict: "panicked" } });
    expect(error.message).toMatch(
      /^the fault: the guest has ended, panicked: .*twq_fault: asked for/,
    );
    expect(error.message).toContain("Call Trace:");
    expect(error.stack).toContain("live.vm.test.ts");
    expect(await waiting).toMatchObject({ facts: { verdict: "panicked" } });
    expect(await failure(guest.syscall(GETPID))).toMatchObject({ facts: { verdict: "panicked" } });
    const record = await guest.ended;
    expect(record.verdict).toBe("panicked");
    expect(record.evidence.join("\n")).toMatch(/under way: the fault \(request \d+\)/);
  });

  test("by a hang of the whole kernel is asked where it is", async () => {
    await using guest = await bootTwin({ machine: { memory: "256M", cpus: 1 } });
    const write = guest.writeFile("/proc/twq_fault", "hang-all", { deadlineMs: 500 });
    const error = await failure(write);
    expect(error).toMatchObject({ code: "guest-ended", facts: { verdict: "hung" } });
    expect(error.message).toMatch(/probe: no answer for \d+\.\d s/);
    expect(error.message).toMatch(/twq_fault|faults\.c|RIP:/);
  });

  test("by a silent reset is told as that", async () => {
    await using guest = await bootTwin();
    const error = await failure(guest.writeFile("/proc/twq_fault", "triple-fault"));
    expect(error.code).toBe("guest-ended");
    expect((await guest.ended).verdict).toMatch(/rebooted|panicked/);
  });

  test("before it answers is an error of the boot", async () => {
    const error = await failure(bootTwin({ commandLine: "twq_fault=panic" }));
    expect(error).toMatchObject({
      code: "guest-ended",
      facts: { name: "boot", verdict: "panicked" },
    });
  });

  test("as another kernel than was asked for is refused", async () => {
    const kernels = { TWQDEBUG: { file: inject("twinKernel"), ident: "6.0.0-OTHER" } };
    expect(await failure(bootTwin({ kernels }))).toMatchObject({
      facts: { verdict: "wrong-kernel" },
    });
  });

  test("because it is stopped does so at once", async () => {
    const controller = new AbortController();
    const guest = await bootTwin({}, { signal: controller.signal });
    const hanging = failure(guest.syscall(PAUSE, { deadlineMs: 60_000 }));
    controller.abort();
    expect(await guest.stop()).toMatchObject({ verdict: "incomplete" });
    expect(await hanging).toMatchObject({ code: "guest-ended" });
  });
});

describe("a call that hangs", () => {
  test("is over at its deadline, and the guest goes on", async () => {
    await using guest = await bootTwin();
    expect(await guest.syscall(PAUSE, { deadlineMs: 300 })).toMatchObject({ outcome: "timed out" });
    expect(await guest.syscall(PAUSE, { fork: true, deadlineMs: 300 })).toMatchObject({
      outcome: "timed out",
    });
    expect((await guest.syscall(GETPID)).status).toBe("ok");
    expect(await guest.close()).toMatchObject({ verdict: "passed" });
  });
});

describe("a channel that is disturbed", () => {
  const disturb = ({ machine, identity }: LiveGuest, text: string): void => {
    const port = String(identity["channel"]).includes("virtio") ? machine.port! : machine.channel;
    port.write(text, "latin1");
  };

  test.each([
    ["a virtio port", "twinKernel"],
    ["com2", "stockKernel"],
  ] as const)("answers rightly amid noise: %s", async (_, kernel) => {
    await using guest = await bootTwin({ kernels: { it: inject(kernel) } });
    await guest.syscall(UMASK, 0);
    for (let value = 1; value <= 20; value++) {
      disturb(guest, value % 2 === 0 ? "\x00\xff noise @kl 3 " : "login: \r\n@kl 9 00000000 x\n");
      const both = await Promise.all([guest.syscall(UMASK, value), guest.syscall(UMASK, value)]);
      expect(both.map((reply) => reply.value)).toEqual([BigInt(value - 1), BigInt(value)]);
    }
    expect(await guest.close()).toMatchObject({ verdict: "passed" });
  });
});
