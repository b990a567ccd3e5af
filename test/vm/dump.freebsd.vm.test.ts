/**
 * The dump of a FreeBSD kernel that dies, on an image of the user's own: kept whole, whichever way the guest was started, and the same
 * byte for byte as what savecore(8) of the guest makes of the same disk. Asked for as in `twq.freebsd.vm.test.ts`.
 */
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { twqLane } from "../../lanes/twq/lane.js";
import { minidumpHeader } from "../../src/guests/freebsd/dump/minidump.js";
import type { LaneConfig } from "../../src/lane/lane.js";
import { program, syscall, sysctl } from "../../src/protocol/steps.js";
import type { LaneEvent } from "../../src/run/events.js";
import { probeGuest } from "../../src/run/probe-guest.js";
import type { DumpScene } from "../../src/run/scene.js";
import { tempFolder } from "../temp-folder.js";

const isAskedFor = process.env["TWQ_RUN_VM_INTEGRATION"] === "1";
const scaffold = process.env["TWQ_KERNEL_CONF"]?.trim() || "TWQDEBUG";
const DEADLINE_MS = 20 * 60_000;
const folder = tempFolder("dump");
const panic = sysctl.set("debug.kdb.panic", 1);

interface Wish {
  readonly name: string;
  readonly kernel?: string;
  readonly changes?: Partial<LaneConfig>;
  readonly keep?: boolean;
  readonly event?: (event: LaneEvent) => void;
}

async function run({ name, kernel = "stock", changes, keep = false, event }: Wish) {
  const lane: LaneConfig = { ...twqLane(process.env), files: {}, dump: true, probe: [panic] };
  return probeGuest({
    ...{ kernel, keep, lane: { ...lane, ...changes }, out: join(folder, name) },
    listener: { event: (_kernel, one) => event?.(one) },
  });
}

function dumpOf({ scenes: [scene] }: Column): DumpScene {
  if (scene?.kind === "dump") return scene;
  throw new Error("no dump was looked for");
}

type Column = Awaited<ReturnType<typeof run>>;

function coreOf(column: Column): Buffer {
  return readFileSync(join(column.folder, dumpOf(column).file!));
}

/** The kernel's messages, as the dump has them. */
function messagesIn(core: Buffer): string {
  const { magic, messageBytes } = minidumpHeader.decode(core);
  expect(magic).toBe("minidump FreeBSD/amd64");
  return core.toString("latin1", 4096, 4096 + messageBytes);
}

const ways = [
  { kernel: "stock", boot: "direct", probeAt: "init", memory: "512M" },
  { kernel: "stock", boot: "loader", probeAt: "login", memory: "1G" },
  { kernel: scaffold, boot: "direct", probeAt: "early", memory: "512M" },
  { kernel: scaffold, boot: "loader", probeAt: "init", memory: "512M" },
] as const;

describe.runIf(isAskedFor)("the dump of a kernel that dies", () => {
  test.each(ways)(
    "$kernel, $boot, $probeAt, $memory: is kept whole, with its last words",
    async ({ kernel, boot, probeAt, memory }) => {
      const changes = { boot, probeAt, machine: { memory } };
      const column = await run({ name: `${kernel}-${boot}-${probeAt}`, kernel, changes });
      expect(column.verdict).toBe("panicked");
      expect(column.scenes).toMatchObject([{ kind: "dump", file: "vmcore.0", complete: true }]);
      expect(existsSync(dumpOf(column).symbols!)).toBe(true);
      const core = coreOf(column);
      expect(core.length).toBe(dumpOf(column).bytes);
      expect(messagesIn(core)).toContain("panic: kdb_sysctl_panic");
      expect(readFileSync(join(column.folder, "info.0"), "utf8")).toContain(
        "Panic String: kdb_sysctl_panic\n",
      );
      expect(readdirSync(column.folder)).not.toContain("dump.raw");
    },
    DEADLINE_MS,
  );

  test(
    "is what savecore(8) makes of the same disk",
    async () => {
      const first = await run({ name: "first", keep: true });
      let found = "";
      const probe = [
        program("/sbin/savecore", ["-v", "/var/crash", "/dev/vtbd1"], { expect: "exit 0" }),
        program("/sbin/sha256", ["-q", "/var/crash/vmcore.0"], { expect: "exit 0" }),
      ];
      const second = await run({
        ...{ name: "second", changes: { probe } },
        event: (event) => {
          // The guest looks at the disk when it is asked to: until then it is another.
          if (event.kind === "phase" && event.phase === "kernel")
            copyFileSync(
              join(first.folder, "dump.raw"),
              join(folder, "second", "stock", "dump.raw"),
            );
          if (event.kind === "observation") found += JSON.stringify(event.observation);
        },
      });
      expect([second.verdict, ...second.evidence]).toEqual(["passed"]);
      expect(found).toContain(createHash("sha256").update(coreOf(first)).digest("hex"));
      // It is cleared, and nobody died.
      expect(second.scenes).toEqual([]);
    },
    DEADLINE_MS,
  );

  test(
    "is kept packed where the guest packs it, which takes its time",
    async () => {
      const packs = program("/sbin/dumpon", ["-i", "0", "-z", "/dev/vtbd1"], { expect: "exit 0" });
      const column = await run({ name: "gzip", changes: { probe: [packs, panic] } });
      expect(column.scenes).toMatchObject([{ file: "vmcore.0.gz", complete: true }]);
      expect(messagesIn(gunzipSync(coreOf(column)))).toContain("panic: kdb_sysctl_panic");
    },
    DEADLINE_MS,
  );

  test(
    "is written by a kernel that hangs and is asked where it is",
    async () => {
      // rc(8) is not through by then.
      const changes = { probeAt: "login", timeouts: { boot: "25s" } } as const;
      const column = await run({ name: "hung", changes });
      expect([column.verdict, dumpOf(column).complete]).toEqual(["hung", true]);
    },
    DEADLINE_MS,
  );

  test(
    "is not there where no kernel died",
    async () => {
      const probe = [syscall({ name: "getpid()", nr: 20, expect: /^= \d+$/ })];
      const column = await run({ name: "fine", changes: { probe } });
      expect([column.verdict, column.scenes]).toEqual(["passed", []]);
    },
    DEADLINE_MS,
  );
});
