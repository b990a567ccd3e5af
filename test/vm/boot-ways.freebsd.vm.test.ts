/**
 * Each way in which a FreeBSD guest is started and its agent is, on an image of the user's own: the table is the same. Asked for as in
 * `twq.freebsd.vm.test.ts`.
 */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { twqLane } from "../../lanes/twq/lane.js";
import type { LaneConfig } from "../../src/lane/lane.js";
import { restoreGuest } from "../../src/live/checkpoint/resume-guest.js";
import { bootGuest } from "../../src/live/guest/boot-guest.js";
import { inBytes, program, syscall, sysctl } from "../../src/protocol/steps.js";
import type { LaneEvent } from "../../src/run/events.js";
import { probeGuest } from "../../src/run/probe-guest.js";
import { tempFolder } from "../temp-folder.js";

const isAskedFor = process.env["TWQ_RUN_VM_INTEGRATION"] === "1";
const scaffold = process.env["TWQ_KERNEL_CONF"]?.trim() || "TWQDEBUG";
const DEADLINE_MS = 15 * 60_000;
const folder = tempFolder("ways");
const lane: LaneConfig = { ...twqLane(process.env), files: {} };

async function run(name: string, changes: Partial<LaneConfig>, kernel = "stock") {
  const events: LaneEvent[] = [];
  const record = await probeGuest({
    lane: { ...lane, ...changes },
    kernel,
    out: join(folder, name),
    listener: { event: (_kernel, event) => void events.push(event) },
  });
  const argv = events.flatMap((event) => (event.kind === "started" ? event.argv.flat() : []));
  const phases = events.flatMap((event) => (event.kind === "phase" ? [event.phase] : []));
  return { record, phases, isDirect: argv.includes("-kernel") };
}

const ways = [
  { boot: "direct", probeAt: "init" },
  { boot: "direct", probeAt: "early" },
  { boot: "loader", probeAt: "init" },
  { boot: "loader", probeAt: "early" },
  { boot: "loader", probeAt: "login" },
] as const;

const calls: Partial<LaneConfig> = {
  probe: [
    syscall({ name: "getpid()", nr: 20, expect: /^= \d+$/ }),
    syscall({ name: "close(-1)", nr: 6, args: [-1], expect: "EBADF" }),
    syscall({ name: "dup(2)", nr: 41, args: [2], expect: /^= \d+$/ }),
    sysctl("kern.bootfile", { expect: "/boot/kernel/kernel" }),
  ],
};

describe.runIf(isAskedFor)("each way", () => {
  test.each(ways)(
    "$boot, $probeAt: the kernel answers the same",
    async (way) => {
      const { record, phases, isDirect } = await run(`${way.boot}-${way.probeAt}`, {
        ...calls,
        ...way,
      });
      expect([record.verdict, record.error, ...record.evidence]).toEqual(["passed", null]);
      expect(phases).toEqual(["stage", "load", "kernel", "rc", "probe", "power-off"]);
      expect(isDirect).toBe(way.boot === "direct");
    },
    DEADLINE_MS,
  );

  test(
    "a kernel in a slot names it, whichever way it was started",
    async () => {
      const expected = `/boot/${scaffold}/kernel`;
      const probe = [sysctl("kern.bootfile", { expect: expected })];
      const { record, isDirect } = await run("slot", { probe }, scaffold);
      expect([record.verdict, record.booted, isDirect]).toEqual(["passed", scaffold, true]);
    },
    DEADLINE_MS,
  );

  test(
    "the root is read-only where no step writes, and can be written to where one may",
    async () => {
      const path = new TextEncoder().encode("/kernlane-x\0");
      const mkdir = (expects: string) =>
        syscall({ name: "mkdir", nr: 136, args: [inBytes(path), 0o755], expect: expects });
      const readOnly = await run("read-only", { probe: [mkdir("EROFS")] });
      expect(readOnly.record.verdict).toBe("passed");
      const touch = program("/usr/bin/touch", ["/kernlane-y"]);
      const writable = await run("writable", { probe: [touch, mkdir("ok")] });
      expect(writable.record.verdict).toBe("passed");
    },
    DEADLINE_MS,
  );

  test(
    "a panic is a verdict with names of functions, without a loader too",
    async () => {
      const panic = program("/sbin/sysctl", ["debug.kdb.panic=1"]);
      const { record } = await run("panic", { probe: [panic] });
      expect([record.verdict, record.title]).toEqual(["panicked", "panic: kdb_sysctl_panic"]);
      expect(record.evidence.join("\n")).toMatch(/kdb_sysctl_panic\+0x/);
    },
    DEADLINE_MS,
  );

  test(
    "a guest that was started so is asked while it runs, saved and resumed",
    async () => {
      const options = { lane, kernel: "stock", savable: true } as const;
      await using guest = await bootGuest({ ...options, out: join(folder, "live") });
      expect((await guest.run("/usr/bin/touch", ["/kernlane-z"])).exitStatus).toBe(0);
      await using checkpoint = await guest.checkpoint();
      await using other = await restoreGuest(checkpoint);
      expect((await other.run("/bin/ls", ["/kernlane-z"])).exitStatus).toBe(0);
    },
    DEADLINE_MS,
  );
});
