/** A column under bhyve from its start to its record, with stand-ins for bhyve's programs: what each end becomes. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { composeDumpDisk } from "../../test/fixtures/freebsd-dump-disk.js";
import { installBhyve, type BhyveOptions } from "../../test/stand-ins/install.js";
import { tempFolder } from "../../test/temp-folder.js";
import { runCommand } from "../host/command.js";
import type { BhyveHost } from "../machine/bhyve/args.js";
import { findBhyve } from "../machine/bhyve/host.js";
import type { ColumnPlan, RunPlan } from "./plan.js";
import type { ColumnRecord } from "./record.js";
import { runColumn } from "./run-column.js";

vi.setConfig({ testTimeout: 30_000 });

const MINUTE_MS = 60_000;
const phasesMs = {
  ...{ stage: MINUTE_MS, load: MINUTE_MS, kernel: MINUTE_MS, rc: MINUTE_MS, probe: MINUTE_MS },
  "power-off": MINUTE_MS,
};

interface Bench {
  readonly host: BhyveHost;
  readonly run: RunPlan;
  readonly plan: ColumnPlan;
}

async function prepare(options: BhyveOptions, cpus: number): Promise<Bench> {
  const { find, vmmFolder, folder } = installBhyve(options);
  const host = await findBhyve({ platform: "freebsd", isRoot: true, find, vmmFolder });
  const path = join(folder, "disk.raw");
  writeFileSync(path, "loads\n");
  const column = tempFolder("bhyve-column");
  const boot = { kind: "disk", firmware: "bios" };
  const disks = [{ path, format: "raw" }];
  const request = { lane: "mine", guest: "freebsd", mode: "run", image: path, findings: {} };
  const facts = {
    hypervisor: { name: "bhyve", bhyve: host },
    hypervisorVersion: "bhyve",
    accel: { accel: "vmm", why: "" },
    now: new Date(),
  };
  const plan = {
    ...{ kernel: "stock", folder: column, guest: "freebsd", runId: "a run", argv: [] },
    file: { path: "/boot/kernel/kernel", identity: { label: "k" }, origin: "own" },
    staging: { boot, disks, staged: [], placed: [], notices: [], caveats: [] },
    symbols: { given: [] },
    probe: { steps: [], text: "" },
    budgets: { phasesMs, bootMs: MINUTE_MS, guestDeadlineMs: MINUTE_MS },
    machine: {
      ...{ name: "kernlane-bhyve-column", arch: "amd64", cpus, memoryMiB: 64 },
      ...{ boot, disks, accel: "vmm", extraArgs: [] },
    },
    consoleLog: join(column, "console.log"),
    eventsLog: join(column, "events.jsonl"),
  };
  return { host, run: { request, facts, folder: column }, plan } as unknown as Bench;
}

/** @param whenUp done once, when the guest has printed its first line */
async function recordOf(
  { run, plan }: Bench,
  whenUp: () => void = () => undefined,
): Promise<ColumnRecord> {
  const line = (_: string, text: string): void => {
    if (text === "the guest is up") whenUp();
  };
  return runColumn(run, plan, { line }, new AbortController().signal);
}

test("a machine that somebody destroys is lost", async () => {
  const bench = await prepare({}, 1);
  const argv = [bench.host.bhyvectl, `--vm=${bench.plan.machine.name}`, "--destroy"];
  const record = await recordOf(bench, () => void runCommand({ argv }, 10_000));
  expect(record).toMatchObject({
    verdict: "lost",
    title: expect.stringMatching(
      /^the machine was ended from outside \(bhyve ended with status 4/,
    ) as string,
    error: null,
  });
});

test("what the kernel has left on its dump disk is kept beside the console", async () => {
  const bench = await prepare({}, 1);
  const { plan } = bench;
  const sizeBytes = 512 * 1024;
  const dump = { path: join(plan.folder, "dump.raw"), sizeBytes };
  writeFileSync(dump.path, Buffer.alloc(sizeBytes));
  const disks = [...plan.staging.disks, { path: dump.path, format: "raw" as const }];
  const staging = { ...plan.staging, disks, dump, staged: [dump.path] };
  const dumping = { ...bench, plan: { ...plan, staging, machine: { ...plan.machine, disks } } };
  const argv = [bench.host.bhyvectl, `--vm=${plan.machine.name}`, "--destroy"];
  const record = await recordOf(dumping, () => {
    writeFileSync(dump.path, composeDumpDisk({ sizeBytes }));
    void runCommand({ argv }, 10_000);
  });
  expect(record.scenes).toEqual([
    {
      ...{ kind: "dump", guest: "freebsd", file: "vmcore.0", complete: true },
      ...{ bytes: 28_672, how: "written by the kernel: minidump, version 3" },
    },
  ]);
  expect(readdirSync(plan.folder).sort()).toEqual([
    ...["console.log", "events.jsonl", "info.0", "record.json", "vmcore.0"],
  ]);
});

test("more processors than vmm gives are an error of the command line", async () => {
  const record = await recordOf(await prepare({ maxCpus: 1 }, 2));
  expect(record).toMatchObject({
    verdict: null,
    title: "bhyve ended with status 71: bhyve: vm_set_topology",
    error: { code: "bad-cpus", who: "usage" },
  });
});

test("of what is said on several lines the title has one, and the evidence all", async () => {
  const record = await recordOf(await prepare({ nodesOf: "root" }, 1));
  const title = "bhyveload ended with status 1: bhyveload: vm_open: Permission denied";
  expect(record).toMatchObject({
    title,
    evidence: [title, expect.stringContaining("still in the host's kernel") as string],
    error: { code: "vmm-forbidden", who: "host" },
  });
});
