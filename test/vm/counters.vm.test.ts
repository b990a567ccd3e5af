/**
 * Counters and sysctls of a real kernel: what changes on its own, what a step changes, and that nothing is left changed.
 */
import { inject, expect, test } from "vitest";
import {
  counters,
  exit,
  process,
  readFile,
  syscall,
  sysctl,
  thread,
} from "../../src/protocol/steps.js";
import { runGuests } from "./guest-run.js";
import { bootTwin } from "./live-guest.js";

const GETPID = 39;
const EXIT_GROUP = 231;
const own = (name: string) => process(name, [syscall({ nr: GETPID }), exit()]);

test("counters have rows in each column, and are compared between them", async () => {
  const stock = inject("stockKernel");
  const run = await runGuests({
    steps: [
      counters("/proc/stat", {
        name: "three processes",
        steps: [own("a"), own("b"), own("c")],
        expect: [
          { processes: "+3", btime: "= 0", ctxt: "<= 1000 × baseline + 1000" },
          "value(processes) > processes",
        ],
      }),
      counters(["/proc/interrupts", "/proc/softirqs"], { steps: [own("d")], perCpu: "each" }),
      counters("kern.twq.*", { steps: [own("e")] }),
      counters("/proc/vmstat", { expect: { stock: { pgfault: ">= 1" } } }),
    ],
    lane: { kernels: { stock, again: stock } },
    options: { cpus: 2 },
  });
  expect(run.verdict).toBe("passed");
  const row = (step: string, of?: string) =>
    run.transitions.find((one) => one.step === step && one.of === of)?.columns;
  expect(row("processes", "three processes")).toEqual({ stock: "+3", again: "+3" });
  expect(row("counters kern.twq.*")).toEqual({ stock: "ENOENT", again: "ENOENT" });
  expect(Object.keys(run.columns[0]!.counters[1]!.changed)).toContainEqual(
    expect.stringMatching(/^(LOC|RCU|TIMER)\[[01]\]$/) as string,
  );
  const [, again] = run.columns;
  const compared = again!.steps.find(({ step }) => step === "ctxt");
  expect(compared).toMatchObject({
    expected: expect.stringMatching(/^<= 1000 × baseline \+ 1000, which is \d+$/) as string,
    result: "met",
  });
  expect(row("pgfault", "counters /proc/vmstat")?.["stock"]).toMatch(/^\+\d+$/);
});

test("a sysctl is put back at the end of its block, whoever died meanwhile", async () => {
  const swappiness = "vm.swappiness";
  const run = await runGuests({
    steps: [
      sysctl.set(swappiness, 50),
      process("p", [
        sysctl.set(swappiness, 70, { expect: "50 → 70" }),
        thread("t", [sysctl.set(swappiness, 80, { expect: "ok" })]),
        sysctl(swappiness, { name: "after the thread", expect: "70" }),
        sysctl.set(swappiness, 90),
        syscall({ name: "dies", nr: EXIT_GROUP, args: [3], expect: "exit 3" }),
      ]),
      sysctl(swappiness, { name: "after the process", expect: "50" }),
      sysctl.set("kernel.hostname", "counted"),
      sysctl.set(swappiness, 1000, { expect: "EINVAL" }),
      sysctl.set("kernel.osrelease", 1, { expect: ["EACCES", "EPERM"] }),
      readFile("/proc/sys/kernel/hostname", { expect: "counted" }),
    ],
    lane: { kernels: { stock: inject("stockKernel") } },
  });
  expect(run.columns[0]!.evidence).toEqual([]);
  expect(run.verdict).toBe("passed");
});

test("a live guest's counters and sysctls are values", async () => {
  await using guest = await bootTwin({ kernels: { stock: inject("stockKernel") } });
  const before = await guest.sysctl("vm.swappiness");
  {
    await using setting = await guest.sysctl.set("vm.swappiness", 11);
    expect(setting).toMatchObject({ before, after: "11" });
    expect(await guest.sysctl("vm.swappiness")).toBe("11");
  }
  expect(await guest.sysctl("vm.swappiness")).toBe(before);
  await expect(guest.sysctl.set("vm.swappiness", 1000)).rejects.toThrow("EINVAL");
  const { changed, deltas, result } = await guest.counters("/proc/stat", async () => {
    await using child = await guest.process();
    return (await child.syscall(GETPID)).value === BigInt(child.pid);
  });
  expect(result).toBe(true);
  expect(changed).toMatchObject({ processes: 1 });
  expect(deltas).toMatchObject({ btime: 0, cpu: expect.any(Array) as number[] });
});
