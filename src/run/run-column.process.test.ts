import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/temp-folder.js";
import type { ColumnPlan, RunPlan } from "./plan.js";
import { runColumn } from "./run-column.js";

/** A Linux guest for a QEMU that this host does not have: its column fails when the machine is started. */
function planIn(folder: string): { readonly run: RunPlan; readonly plan: ColumnPlan } {
  const request = { lane: "mine", guest: "linux", mode: "run", commandLine: "", findings: {} };
  const facts = {
    hypervisor: { name: "qemu", qemu: { path: join(folder, "no-qemu"), version: "9" } },
    accel: { accel: "tcg", why: "" },
    now: new Date(),
  };
  const initrd = join(folder, "initramfs.cpio");
  const boot = { kind: "direct", kernel: join(folder, "kernel"), initrd, commandLine: "" };
  const plan = {
    kernel: "stock",
    folder,
    guest: "linux",
    file: { path: boot.kernel, identity: { label: "k" }, origin: "given" },
    staging: { boot, disks: [], input: { files: [] }, staged: [initrd], placed: [], notices: [] },
    probe: { steps: [], text: "" },
    symbols: { given: [] },
    budgets: { phasesMs: { stage: 60_000 }, bootMs: 1, guestDeadlineMs: 1 },
    machine: {
      ...{ name: "kernlane-no-qemu", arch: "amd64", cpus: 1, memoryMiB: 64 },
      ...{ boot, disks: [], accel: "tcg", extraArgs: [] },
    },
    consoleLog: join(folder, "console.log"),
    eventsLog: join(folder, "events.jsonl"),
    argv: [],
  };
  return { run: { request, facts, folder }, plan } as unknown as ReturnType<typeof planIn>;
}

const never = new AbortController().signal;

test("trouble of a column is in its record, and nothing is thrown", async () => {
  const { run, plan } = planIn(tempFolder("column"));
  const record = await runColumn(run, plan, {}, never);
  expect(record).toMatchObject({ kernel: "stock", verdict: null, error: { who: "host" } });
});

test("a record that cannot be written is the column's trouble: other guests are not left behind", async () => {
  const { run, plan } = planIn(tempFolder("column"));
  // No file can take the place of a folder.
  const inTheWay = {
    event: () => mkdirSync(join(plan.folder, "record.json"), { recursive: true }),
  };
  const record = await runColumn(run, plan, inTheWay, AbortSignal.abort());
  expect(record).toMatchObject({
    verdict: null,
    error: { code: "write-failed", message: expect.stringContaining("record.json") as string },
  });
});
