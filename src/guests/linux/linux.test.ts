import { expect, test } from "vitest";
import type { StagingInput } from "../guest.js";
import { openLinux } from "./linux.js";

const kernel = {
  path: "/k/bzImage",
  identity: { label: "6.1.0" },
  origin: "given",
  memoryBytes: 70_746_112,
};

function input(more: Partial<StagingInput>): StagingInput {
  return {
    ...{ kernel, folder: "/runs/a", files: [], diskFormat: "qcow2", memoryMiB: 512 },
    ...{ guestDeadlineMs: 60_000, timeSeconds: 0 },
    ...more,
  };
}

const plan = (more: Partial<StagingInput>) => openLinux("quiet").planStaging(input(more));

test("gives the guest a console from its first instruction, and the user's words come last", () => {
  const { boot } = plan({});
  const words = boot.kind === "direct" ? boot.commandLine!.split(" ") : [];
  expect(words).toContain("earlyprintk=ttyS0,115200");
  expect(words.at(-1)).toBe("quiet");
});

test("asks the kernel for times, unless the lane's own words say otherwise", () => {
  const lineOf = (own: string): string => {
    const { boot } = openLinux(own).planStaging(input({}));
    return boot.kind === "direct" ? boot.commandLine! : "";
  };
  expect(lineOf("")).toMatch(/ printk\.time=1$/);
  expect(lineOf("quiet")).toMatch(/ printk\.time=1 quiet$/);
  expect(lineOf("quiet printk.time=0")).not.toContain("printk.time=1");
});

test("refuses a machine in which the kernel cannot unpack itself", () => {
  expect(() => plan({ memoryMiB: 64 })).toThrow(
    expect.objectContaining({
      code: "memory-too-small",
      who: "usage",
      facts: { path: "/k/bzImage", memoryMiB: 64, neededMiB: 69 },
    }) as Error,
  );
  expect(() => plan({ memoryMiB: 69 })).not.toThrow();
});

test("counts the files that the guest gets", () => {
  const files = [
    {
      path: "/data",
      mode: 0o644,
      content: new Uint8Array(200 * 1024 ** 2),
      why: "the lane's file",
    },
  ];
  expect(() => plan({ memoryMiB: 256, files })).toThrow(
    expect.objectContaining({ code: "memory-too-small" }) as Error,
  );
});

test("takes a kernel whose need is not known", () => {
  const { path, identity, origin } = kernel;
  expect(() => plan({ memoryMiB: 8, kernel: { path, identity, origin } })).not.toThrow();
});

test("tells of programs that steps start and the guest does not have", () => {
  const files = [{ path: "/bin/date", mode: 0o755, content: new Uint8Array(1), why: "" }];
  const programs = [
    { step: "date", path: "/bin/date" },
    { step: "the time", path: "/bin/time" },
    { step: "the time", path: "/bin/time" },
  ];
  expect(plan({ files, programs }).notices).toEqual([
    expect.stringContaining('step "the time" starts /bin/time, which the guest does not have'),
  ]);
});
