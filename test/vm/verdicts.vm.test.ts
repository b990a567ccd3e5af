/**
 * Each verdict, made to happen in a real guest.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import {
  fault,
  program,
  readFile,
  reboot,
  sleep,
  syscall,
  writeFile,
} from "../../src/protocol/steps.js";
import { readConsole, runGuest, scratchFolder, twin } from "./guest-run.js";
import { pidOf } from "./processes.js";

const getpid = syscall({ name: "getpid()", nr: 39, expect: /^= \d+$/ });
const crash = writeFile("/proc/sysrq-trigger", "c", { name: "crash" });
const strike = (word: string) => writeFile("/proc/twq_fault", word, { name: word });

test("passed: every step as expected, and a clean power-off", async () => {
  const column = await runGuest({ steps: [getpid] });
  expect(column).toMatchObject({ verdict: "passed", error: null, accel: "tcg" });
  expect(column.banner).toMatch(/^Linux version \d/);
  expect(column.booted).toMatch(/^\d+\.\d+/);
  // Our guest has no rc(8): the agent is its init.
  const { rcMs, ...phases } = column.phases;
  expect(rcMs).toBeNull();
  expect(Object.values(phases).every((ms) => typeof ms === "number")).toBe(true);
  expect(readConsole(column)).toContain("Linux version");
  expect(JSON.parse(readFileSync(join(column.folder, column.files.record), "utf8"))).toEqual(
    column,
  );
});

test("failed: the message shows step, expected and seen", async () => {
  const column = await runGuest({
    steps: [getpid, syscall({ name: "close(-1)", nr: 3, args: [-1], expect: "EINVAL" })],
  });
  expect(column).toMatchObject({
    verdict: "failed",
    title: "1 of 2 steps failed",
    evidence: ["close(-1): expected EINVAL, saw EBADF"],
  });
});

test("failed: a program that is missing, and one step that hung although anything was expected of it", async () => {
  const PAUSE = 34;
  const hangs = syscall({ name: "pause()", nr: PAUSE, deadlineMs: 500, expect: /.*/ });
  const column = await runGuest({ steps: [getpid, program("/nowhere"), hangs] });
  expect(column).toMatchObject({ verdict: "failed", counts: { met: 1, unmet: 2, shown: 0 } });
  expect(column.evidence.slice(0, 3)).toEqual([
    "run /nowhere: expected exit 0, saw ENOENT",
    "pause(): expected /.*/, saw timed out",
    "kernel stack of the step's process, pause():",
  ]);
});

test("incomplete: nothing was expected, so nothing was tested", async () => {
  const column = await runGuest({ steps: [syscall({ name: "getppid()", nr: 110 })] });
  expect(column).toMatchObject({ verdict: "incomplete", counts: { met: 0, unmet: 0, shown: 1 } });
});

test("passed: what looks like the agent's frames on the console is a line like any other", async () => {
  const forged = '@kl 2 deadbeef {}\n@kl junk\n@kl 1 5727f3a1 {"kind":"hello"}\n';
  const print = writeFile("/dev/console", forged, { name: "print", expect: "ok" });
  const column = await runGuest({ steps: [print, getpid] });
  expect(column).toMatchObject({ verdict: "passed", title: "2 as expected" });
  expect(readConsole(column)).toContain("@kl junk");
});

test("failed: a warning on the console, unless the lane only reports it", async () => {
  const steps = [strike("warn"), getpid];
  const column = await runGuest({ steps, lane: twin() });
  expect(column.verdict).toBe("failed");
  expect(column.title).toMatch(/^WARNING in /);
  const reported = await runGuest({ steps, lane: { ...twin(), findings: { warning: "report" } } });
  expect(reported.verdict).toBe("passed");
  expect(reported.title).toBe("1 as expected, 1 shown, 1 finding reported");
  expect(reported.findings).toMatchObject([
    { guilt: { steps: ["warn"], previousStep: null, process: expect.any(String) as string } },
  ]);
});

test("panicked: with title, backtrace and the results so far", async () => {
  const column = await runGuest({ steps: [getpid, crash, getpid] });
  expect(column.verdict).toBe("panicked");
  expect(column.title).toMatch(/sysrq triggered crash/i);
  expect(column.evidence.join("\n")).toMatch(/sysrq_handle_crash/);
  expect(column.evidence[0]).toMatch(/^results so far: 1 of \d/);
  expect(column.steps[0]).toMatchObject({ seen: expect.stringMatching(/^= /) as string });
});

test("panicked: an oops in a system call", async () => {
  const column = await runGuest({ steps: [strike("oops")], lane: twin() });
  expect(column.verdict).toBe("panicked");
  expect(column.title).toMatch(/^BUG: kernel NULL pointer dereference in /);
});

test("panicked: after the agent said that all was well, before the power-off", async () => {
  const column = await runGuest({ steps: [getpid, strike("panic-on-poweroff")], lane: twin() });
  expect(column.observations.at(-1)).toMatchObject({ kind: "end" });
  expect(column.verdict).toBe("panicked");
  expect(column.title).toMatch(/twq_fault/);
});

test("rebooted: a reset without a panic is no success", async () => {
  const column = await runGuest({ steps: [getpid, reboot()] });
  expect(column).toMatchObject({ verdict: "rebooted" });
  expect(column.title).toContain("guest-reset");
});

test("rebooted: a triple fault, silently", async () => {
  const column = await runGuest({ steps: [strike("triple-fault")], lane: twin() });
  expect(column.verdict).toBe("rebooted");
});

test("boot-failed: no init", async () => {
  const column = await runGuest({ steps: [getpid], lane: { commandLine: "rdinit=/nowhere" } });
  expect(column.verdict).toBe("boot-failed");
  expect(column.title).toMatch(/root fs|init/i);
});

test("boot-failed: a wrong root", async () => {
  const column = await runGuest({
    steps: [getpid],
    lane: { commandLine: "rdinit=/nowhere root=/dev/vdz9" },
  });
  expect(column.verdict).toBe("boot-failed");
  expect(column.evidence.join("\n")).toMatch(/vdz9/);
});

test("boot-failed: a kernel that cannot be unpacked says why, at once", async () => {
  const damaged = Buffer.from(readFileSync(inject("stockKernel")));
  // The boot header: the setup's sectors, then where the payload lies behind them.
  const setupBytes = ((damaged[0x1f1] || 4) + 1) * 512;
  const payloadAt = setupBytes + damaged.readUInt32LE(0x248);
  damaged.fill(0, payloadAt, payloadAt + 64);
  const file = join(scratchFolder(), "bzImage");
  writeFileSync(file, damaged);
  const column = await runGuest({ steps: [getpid], lane: { kernels: { DAMAGED: { file } } } });
  expect(column.verdict).toBe("boot-failed");
  expect(column.title).toMatch(/^the kernel could not be unpacked: /);
});

test("hung: in the probe, with the autopsy's backtrace", async () => {
  const column = await runGuest({
    steps: [getpid, strike("hang")],
    lane: twin(),
    options: { probeTimeout: "6s" },
  });
  expect(column.verdict).toBe("hung");
  expect(column.title).toMatch(/^probe: 6\.\d s of 6\.0 s$/);
  expect(column.evidence.join("\n")).toMatch(/NMI/);
  expect(column.evidence.join("\n")).toMatch(/spin_for_ever/);
});

test("hung: in the kernel's own start", async () => {
  const column = await runGuest({
    steps: [getpid],
    lane: { ...twin(), commandLine: "twq_fault=hang" },
    options: { bootTimeout: "20s" },
  });
  expect(column.verdict).toBe("hung");
  expect(column.title).toMatch(/^kernel: /);
});

test("hung: with no console output at all, and what that usually means", async () => {
  const column = await runGuest({
    steps: [getpid],
    lane: { kernels: { TWQDEBUG: muteKernel(inject("twinKernel")) } },
    options: { bootTimeout: "4s" },
  });
  expect(column.verdict).toBe("hung");
  expect(column.title).toMatch(/^load: 4\.\d s of 4\.0 s, with no console output at all$/);
  expect(column.evidence).toContain("the console shows no answer to the non-maskable interrupt");
  expect(column.evidence.join("\n")).toMatch(/<no console output>[^]*usually means/);
});

/** A kernel whose first instruction in protected mode halts for ever. */
function muteKernel(bzImage: string): string {
  const bytes = readFileSync(bzImage);
  const setupSectors = bytes[0x1f1]!;
  const haltForEver = Buffer.from([0xfa, 0xf4, 0xeb, 0xfd]);
  haltForEver.copy(bytes, (setupSectors + 1) * 512);
  const path = join(scratchFolder(), "mute");
  writeFileSync(path, bytes);
  return path;
}

test("incomplete: a frame that is missing", async () => {
  const column = await runGuest({ steps: [getpid, fault("drop-frame"), getpid] });
  expect(column.verdict).toBe("incomplete");
  expect(column.title).toMatch(/^frame \d+ is missing$/);
});

test("incomplete: a frame that is damaged", async () => {
  const column = await runGuest({ steps: [getpid, fault("garble-frame"), getpid] });
  expect(column.verdict).toBe("incomplete");
  expect([column.title, ...column.evidence].join("\n")).toMatch(/CRC of frame \d+ does not match/);
});

test("incomplete: no end line", async () => {
  const column = await runGuest({ steps: [getpid, fault("exit-without-end")] });
  expect(column.verdict).toBe("incomplete");
  expect([column.title, ...column.evidence].join("\n")).toContain(
    "the agent's end line is missing",
  );
});

test("wrong-kernel: another identity than asked for, whatever the probe said", async () => {
  const column = await runGuest({
    steps: [getpid],
    lane: { kernels: { TWQDEBUG: { file: inject("stockKernel"), ident: "6.1.0-TWQDEBUG" } } },
  });
  expect(column.verdict).toBe("wrong-kernel");
  expect(column.title).toMatch(/says release ".+", expected "6\.1\.0-TWQDEBUG"/);
});

test("lost: QEMU killed from outside", async () => {
  let machine = "";
  const column = await runGuest({
    steps: [getpid, sleep(60_000)],
    listener: {
      planned: (plan) => {
        machine = plan.columns[0]!.machine.name;
      },
      event: (_, event) => {
        if (event.kind === "phase" && event.phase === "probe")
          process.kill(pidOf(machine), "SIGKILL");
      },
    },
  });
  expect(column.verdict).toBe("lost");
  expect(column.title).toContain("from outside");
});

test("a host error is no verdict: QEMU that dies of its own has its words in the record", async () => {
  const column = await runGuest({
    steps: [readFile("/proc/version")],
    lane: { machine: { memory: "900G" } },
  });
  expect(column.verdict).toBeNull();
  expect(column.error).toMatchObject({ code: "guest-memory-unavailable", who: "host" });
  expect(column.error?.message).toMatch(/memory/i);
});
