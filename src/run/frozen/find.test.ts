import {
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { tempFolder } from "../../../test/temp-folder.js";
import type { LaneError } from "../../base/errors.js";
import type { ColumnRecord } from "../record.js";
import { planAutopsy } from "./autopsy.js";
import {
  describeFrozen,
  readFrozen,
  type FrozenDescription,
  type FrozenGuest,
} from "./description.js";
import { findFrozen, requireSameHost } from "./find.js";
import { identityOf } from "./freeze.js";

let run = "";

beforeEach(() => {
  run = tempFolder("frozen");
});

function columnOf(kernel: string, part: Partial<ColumnRecord> = {}): ColumnRecord {
  const folder = join(run, kernel);
  mkdirSync(folder, { recursive: true });
  return { kernel, folder, verdict: "panicked", scenes: [], ...part } as unknown as ColumnRecord;
}

type Part = Partial<Omit<FrozenDescription, "machine">> & {
  readonly machine?: Partial<FrozenDescription["machine"]>;
};

function freeze({ folder }: ColumnRecord, { machine, ...part }: Part = {}): string {
  const frozen = join(folder, "frozen");
  mkdirSync(frozen);
  for (const name of ["memory", "state", "disk-0"]) writeFileSync(join(frozen, name), name);
  describeFrozen(frozen, {
    frozenAt: "2026-11-25T17:59:08.223Z",
    guest: "freebsd",
    hypervisor: "QEMU 7.2.22",
    processor: "emulated",
    machine: {
      ...{ name: "kernlane-twq-stock", arch: "amd64", cpus: 2, memoryMiB: 512, accel: "tcg" },
      ...{ hasPort: true, disks: [{ format: "qcow2" }] },
      ...machine,
    },
    bases: [],
    kernel: { path: "/boot/kernel/kernel", identity: { label: "GENERIC" }, origin: "its own" },
    symbols: [],
    ...part,
  });
  return frozen;
}

function refusal(work: () => unknown): LaneError {
  try {
    work();
  } catch (error) {
    return error as LaneError;
  }
  throw new Error("it was not refused");
}

test("finds the one guest that was frozen, or the one that is named", () => {
  const [one, other] = [columnOf("stock"), columnOf("TWQDEBUG")];
  freeze(other);
  expect(findFrozen([one, other]).column.kernel).toBe("TWQDEBUG");
  expect(findFrozen([one, other], "TWQDEBUG").frozen.saved.disks).toEqual([
    join(other.folder, "frozen", "disk-0"),
  ]);
});

test("a run without one is told of, with what became of its kernels and the way to one", () => {
  const { code, who, message, hint } = refusal(() => findFrozen([columnOf("stock")]));
  expect({ code, who }).toEqual({ code: "scene-missing", who: "usage" });
  expect(message).toBe(`${join(run, "stock")} has no frozen guest: stock (panicked)`);
  expect(hint).toContain("--freeze");
  const problem = "the disk is full";
  const full = columnOf("full", {
    scenes: [{ kind: "freeze", guest: "linux", bytes: 0, problem }],
  });
  expect(refusal(() => findFrozen([columnOf("stock"), full])).message).toBe(
    `${run} has no frozen guest: stock (panicked), full (panicked): the disk is full`,
  );
});

test("of several one has to be named, by a name that the run has", () => {
  const columns = [columnOf("stock"), columnOf("TWQDEBUG")];
  for (const column of columns) freeze(column);
  expect(refusal(() => findFrozen(columns))).toMatchObject({
    code: "scene-ambiguous",
    message: "several kernels have kept a frozen guest: stock, TWQDEBUG",
  });
  expect(refusal(() => findFrozen(columns, "TWQ"))).toMatchObject({ code: "unknown-column" });
});

test.each(["memory", "state", "disk-0", "description.json"])(
  "one whose %s is missing or was cut off is damaged",
  (name) => {
    const column = columnOf("stock");
    const path = join(freeze(column), name);
    truncateSync(path, 1);
    expect(refusal(() => findFrozen([column]))).toMatchObject({
      code: "scene-damaged",
      who: "host",
    });
    rmSync(path);
    expect(refusal(() => findFrozen([column]))).toMatchObject({ code: "scene-damaged" });
  },
);

test("one that was not whole when kernlane was killed is none", () => {
  const column = columnOf("stock");
  const partial = freeze(column);
  renameSync(partial, `${partial}.3f0c8a52-1b2e-4c1e-9a77-0d8d1c3b2a10`);
  expect(refusal(() => findFrozen([column]))).toMatchObject({ code: "scene-missing" });
});

test("one whose base image has changed or gone is damaged, with what is wrong", () => {
  const column = columnOf("stock");
  const base = join(run, "base.raw");
  writeFileSync(base, "image");
  freeze(column, { bases: [identityOf(base)] });
  expect(findFrozen([column]).column.kernel).toBe("stock");
  const { atimeMs, mtimeMs } = statSync(base);
  utimesSync(base, atimeMs / 1000, mtimeMs / 1000 + 60);
  expect(refusal(() => findFrozen([column])).message).toMatch(/base\.raw, which was changed at 20/);
  rmSync(base);
  expect(refusal(() => findFrozen([column])).message).toContain("base.raw, which is missing");
});

function frozenOf(part: Part): FrozenGuest {
  const frozen = readFrozen(freeze(columnOf("stock"), part));
  if (typeof frozen === "string") throw new Error(frozen);
  return frozen;
}

test("a host of another kind is refused, with what differs", () => {
  const emulated = frozenOf({});
  expect(() => requireSameHost(emulated, { hypervisor: "QEMU 7.2.31" })).not.toThrow();
  expect(refusal(() => requireSameHost(emulated, { hypervisor: "QEMU 8.2.1" }))).toMatchObject({
    code: "scene-of-another-host",
    message: expect.stringContaining(
      "it was frozen under QEMU 7.2.22, and this host has QEMU 8.2.1",
    ) as string,
    hint: "use a host with QEMU 7.2",
  });
});

test("a processor that is not emulated has to be the host's", () => {
  const here = { hypervisor: "QEMU 7.2.22" };
  const own = frozenOf({ machine: { accel: "kvm" }, processor: cpus()[0]?.model ?? "unknown" });
  expect(() => requireSameHost(own, here)).not.toThrow();
  rmSync(own.folder, { recursive: true });
  const foreign = frozenOf({ machine: { accel: "kvm" }, processor: "Another One @ 3 GHz" });
  expect(refusal(() => requireSameHost(foreign, here)).message).toContain(
    'it was frozen on "Another One @ 3 GHz", and this host has',
  );
});

test("the machine comes back under another name, over its disks, and waits", () => {
  const machine = planAutopsy(frozenOf({ machine: { firmware: "uefi" } }), "/tmp/autopsy");
  expect(machine).toMatchObject({
    boot: { kind: "disk", firmware: "uefi" },
    disks: [{ path: "/tmp/autopsy/disk-0.qcow2", format: "qcow2" }],
    waitsForDebugger: true,
    holdsAtReset: true,
    memoryMiB: 512,
  });
  expect(machine.name).toMatch(/^kernlane-twq-stock-autopsy-[0-9a-f]{8}$/);
});
