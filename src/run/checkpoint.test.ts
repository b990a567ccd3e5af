/** What a checkpoint depends on, and what a plan becomes for it. */
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { differenceOf } from "../live/checkpoint/ingredients.js";
import { openLinux } from "../guests/linux/linux.js";
import type { GuestFile } from "../guests/guest.js";
import { ingredientsOf } from "../live/checkpoint/ingredients.js";
import { planRestored, planSavable } from "../live/checkpoint/plan-checkpoint.js";
import type { ColumnPlan, RunPlan } from "./plan.js";
import { tempFolder } from "../../test/temp-folder.js";

let folder = "";

beforeEach(() => {
  folder = tempFolder("checkpoint");
  writeFileSync(join(folder, "kernel"), "a kernel");
  writeFileSync(join(folder, "base"), "a base");
});

const guest = openLinux();
const run = {
  request: { guest: "linux", commandLine: "" },
  facts: {
    hypervisor: { name: "qemu", qemu: { path: "qemu", version: "7.2.22" } },
    hypervisorVersion: "QEMU 7.2.22",
  },
} as unknown as RunPlan;

function file(path: string, content: string): GuestFile {
  return { path, mode: 0o755, content: Buffer.from(content), why: "" };
}

/** With a disk, which a Linux guest has not: the one does not exclude the other here. */
function planOf(runId = "one", agent = "the agent"): ColumnPlan {
  const kernel = join(folder, "kernel");
  const files = [
    file(guest.agentPath, agent),
    file(guest.planPath, `kernlane-plan 1\nrun-id ${runId}\nbegin\nend\n`),
    file("/bin/probe", "the lane's file"),
  ];
  const boot = { kind: "direct" as const, kernel, initrd: "initrd", commandLine: "console=ttyS0" };
  const disks = [{ path: join(folder, runId, "disk.qcow2"), format: "qcow2" as const }];
  const disk = { ...disks[0]!, base: { path: join(folder, "base"), format: "raw" }, edits: [1] };
  return {
    folder: join(folder, runId),
    file: { path: kernel, identity: { label: "k" }, origin: "given" },
    files,
    staging: { boot, disks, disk, placed: [], staged: [disk.path] },
    machine: {
      ...{ name: `kernlane-${runId}`, arch: "amd64", cpus: 1, memoryMiB: 256, boot, disks },
      ...{ accel: "tcg", extraArgs: [] },
    },
  } as unknown as ColumnPlan;
}

test("depends on neither the run's id, its folder nor its machine's name", async () => {
  expect(await ingredientsOf(run, planOf("one"))).toEqual(await ingredientsOf(run, planOf("two")));
});

test("depends on kernel, base, agent, files, machine and hypervisor, each by its name", async () => {
  const plan = planOf();
  const before = await ingredientsOf(run, plan);
  const changed = async (other: ColumnPlan, otherRun = run): Promise<string> =>
    differenceOf(await ingredientsOf(otherRun, other), before)?.split(":")[0] ?? "nothing";
  expect(await changed(plan)).toBe("nothing");
  expect(await changed(planOf("one", "another agent"))).toBe("agent");
  const withFile = { ...plan, files: [...plan.files, file("/etc/x", "")] };
  expect(await changed(withFile)).toBe("files");
  for (const more of [{ memoryMiB: 512 }, { cpus: 2 }, { extraArgs: ["-s"] }, { hasPort: true }]) {
    expect(await changed({ ...plan, machine: { ...plan.machine, ...more } })).toBe("machine");
  }
  const facts = { ...run.facts, hypervisorVersion: "QEMU 8.0.0" };
  expect(await changed(plan, { ...run, facts })).toBe("hypervisor");
  appendFileSync(join(folder, "base"), "!");
  expect(await changed(plan)).toBe("base image");
});

test("depends on the content of what is put into the guest besides its files, whose own is told apart", async () => {
  const withTexts = (loader: string, plan: string): ColumnPlan => {
    const mode = 0o644;
    const texts = [
      { path: "/boot/loader.conf.d/kernlane.conf", mode, sizeBytes: 2, sha256: loader, why: "" },
      { path: guest.planPath, mode, sizeBytes: 2, sha256: plan, why: "" },
    ];
    const one = planOf();
    return { ...one, staging: { ...one.staging, placed: texts } };
  };
  const before = await ingredientsOf(run, withTexts("ro", "run one"));
  expect(await ingredientsOf(run, withTexts("ro", "run two"))).toEqual(before);
  const other = await ingredientsOf(run, withTexts("rw", "run one"));
  expect(differenceOf(other, before)).toMatch(/^what is put into the guest: /);
});

test("depends on the kernel's content, not on its name", async () => {
  const plan = planOf();
  const before = await ingredientsOf(run, plan);
  writeFileSync(join(folder, "copy"), "a kernel");
  const moved = { ...plan, file: { ...plan.file, path: join(folder, "copy") } };
  expect(await ingredientsOf(run, moved)).toEqual(before);
  writeFileSync(join(folder, "kernel"), "b kernel");
  expect(differenceOf(await ingredientsOf(run, plan), before)).toMatch(/^kernel: found \w+, /);
});

test("a machine that can be saved has a memory file, which goes with what is staged", () => {
  const plan = planSavable(run, planOf());
  const memory = join(folder, "one", "memory");
  expect(plan.machine.memoryFile).toBe(memory);
  expect(plan.staging.staged).toContain(memory);
  expect(plan.argv[0]?.join(" ")).toContain(`mem-path=${memory},share=on`);
});

test("a restored one has a new overlay over the disk that was kept, and nothing else to edit", () => {
  const saved = { memory: "/c/memory", state: "/c/state", disks: ["/c/disk-0"] };
  const plan = planRestored(run, planOf(), saved);
  expect(plan.staging.disk).toEqual({
    path: join(folder, "one", "disk.qcow2"),
    format: "qcow2",
    base: { path: "/c/disk-0", format: "qcow2" },
    edits: [],
  });
  expect(plan.argv[0]?.join(" ")).toContain("mem-path=/c/memory,share=off");
});

test("where the hypervisor cannot save, both are refused with its reason", () => {
  const hypervisor = { name: "bhyve", bhyve: { version: "FreeBSD 15.0" } };
  const elsewhere = { ...run, facts: { ...run.facts, hypervisor } } as unknown as RunPlan;
  const refused = expect.objectContaining({
    code: "checkpoint-unsupported",
    who: "usage",
    message: expect.stringContaining("BHYVE_SNAPSHOT") as string,
  }) as Error;
  expect(() => planSavable(elsewhere, planOf())).toThrow(refused);
  const saved = { memory: "m", state: "s", disks: [] };
  expect(() => planRestored(elsewhere, planOf(), saved)).toThrow(refused);
});
