import { expect, test } from "vitest";
import { machineCpus } from "./machine-cpus.js";

const small = {
  name: "bhyve",
  cpuLimit: { count: 1, from: "sysctl hw.vmm.maxcpu" },
} as const;

test.each([
  [{ cpus: 2 }, { name: "qemu" }, 2],
  [{ cpus: 1 }, small, 1],
] as const)("%j under %j is given", (request, hypervisor, cpus) => {
  expect(machineCpus(request, hypervisor)).toEqual({ cpus });
});

test("what a built-in lane only prefers is reduced, and that is said", () => {
  expect(machineCpus({ cpus: 2, mayHaveFewerCpus: true }, small)).toEqual({
    cpus: 1,
    notice:
      "1 cpu instead of the lane's 2: bhyve gives a machine at most 1 here (sysctl hw.vmm.maxcpu)",
  });
});

test("what was asked for is refused before anything is started", () => {
  expect(() => machineCpus({ cpus: 2 }, small)).toThrow(
    expect.objectContaining({
      code: "bad-cpus",
      who: "usage",
      message: "found 2 cpus; bhyve gives a machine at most 1 here (sysctl hw.vmm.maxcpu)",
      hint: expect.stringContaining("--cpus 1") as string,
    }) as Error,
  );
});
