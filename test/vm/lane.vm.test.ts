/**
 * The seed's proof, on Linux: the same steps under the stock kernel and under the scaffold.
 */
import { inject, expect, test } from "vitest";
import { sleep, syscall, writeFile } from "../../src/protocol/steps.js";
import { linuxLane } from "../../lanes/linux/lane.js";
import { runGuests } from "./guest-run.js";

const getpid = syscall({ name: "getpid()", nr: 39, expect: /^= \d+$/ });

test("the table shows what each kernel did, and the banner which one answered", async () => {
  const run = await runGuests({
    steps: linuxLane.probe,
    lane: { kernels: { stock: inject("stockKernel"), TWQDEBUG: inject("twinKernel") } },
  });
  expect(run.verdict).toBe("passed");
  expect(run.columns[1]!.banner).toMatch(/^Linux version \S+-TWQDEBUG /);
  expect(run.columns[0]!.banner).not.toContain("TWQDEBUG");
  const row = (step: string) => run.transitions.find((one) => one.step === step)?.columns;
  expect(row("booted")).toMatchObject({ TWQDEBUG: expect.stringMatching(/-TWQDEBUG$/) as string });
  expect(row("twq_kernreturn(INIT)")).toEqual({ stock: "ENOSYS", TWQDEBUG: "ENOTSUP" });
  expect(row("twq_kernreturn(9999)")).toEqual({ stock: "ENOSYS", TWQDEBUG: "EINVAL" });
});

test("one column's death does not disturb another", async () => {
  const run = await runGuests({
    steps: [
      writeFile("/proc/twq_fault", "panic", { name: "fault", expect: { stock: "ENOENT" } }),
      getpid,
      sleep(2_000),
    ],
    lane: { kernels: { TWQDEBUG: inject("twinKernel"), stock: inject("stockKernel") } },
  });
  expect(run.columns.map(({ kernel, verdict }) => [kernel, verdict])).toEqual([
    ["TWQDEBUG", "panicked"],
    ["stock", "passed"],
  ]);
  expect(run.verdict).toBe("panicked");
});

test("more columns than fit side by side take turns", async () => {
  const stock = inject("stockKernel");
  const running = new Set<string>();
  let most = 0;
  const run = await runGuests({
    steps: [getpid],
    lane: { kernels: { a: stock, b: stock, c: stock } },
    options: { cpus: 2 },
    listener: {
      event: (kernel, event) => {
        if (event.kind === "started") running.add(kernel);
        most = Math.max(most, running.size);
        if (event.kind === "machine-ended") running.delete(kernel);
      },
    },
  });
  expect(run.columns.map(({ verdict }) => verdict)).toEqual(["passed", "passed", "passed"]);
  const { availableParallelism } = await import("node:os");
  expect(most).toBeLessThanOrEqual(Math.max(1, Math.floor(availableParallelism() / 2)));
});
