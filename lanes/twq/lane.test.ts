import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import "../register.js";
import { defaultLane, type Environment } from "../../src/lane/built-in-lanes.js";
import { selectLane } from "../../src/lane/config.js";
import { resolveRequest } from "../../src/lane/request.js";
import { asksForTwq, twqLane, twqNotices, twqStateLane } from "./lane.js";
import type { Step, SyscallStep } from "../../src/protocol/step.js";
import { tempFolder } from "../../test/temp-folder.js";

const prefix = tempFolder("twq");

/** A kernel where a build leaves it. */
function build(conf: string): string {
  const folder = join(prefix, "usr/src/amd64.amd64/sys", conf);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "kernel"), "kernel");
  return join(folder, "kernel");
}

const scaffold = build("TWQDEBUG");
const other = build("MYKERNEL");

test("without variables: two virtual cpus, a gigabyte, the image's own kernel and two calls", () => {
  const lane = twqLane({});
  expect(lane).toMatchObject({
    guest: "freebsd",
    kernels: { stock: "auto" },
    machine: { cpus: 2, memory: "1G" },
  });
  expect(Object.keys(lane.machine!)).toEqual(["cpus", "memory"]);
  expect([lane.image, lane.serialLog, lane.files]).toEqual([undefined, undefined, undefined]);
  expect(lane.probe.map(({ name }) => name)).toEqual([
    "twq_kernreturn(INIT)",
    "twq_kernreturn(9999)",
  ]);
});

test("prefers two cpus, and asks for those that a variable or an option names", () => {
  const asked = (environment: Environment, cpus?: number): boolean | undefined =>
    resolveRequest(selectLane(undefined, "twq", environment), cpus === undefined ? {} : { cpus })
      .mayHaveFewerCpus;
  expect(asked({})).toBe(true);
  expect(asked({ TWQ_VM_VCPUS: "2" })).toBe(false);
  expect(asked({}, 2)).toBe(false);
});

const variables = {
  TWQ_VM_NAME: "twq-dev",
  TWQ_VM_IMAGE: "images/guest.raw",
  TWQ_VM_VCPUS: "4",
  TWQ_VM_MEMORY: "8G",
  TWQ_SERIAL_LOG: "/tmp/serial.log",
  TWQ_BHYVE_FLAGS: "-w  -S",
  TWQ_KERNEL_CONF: "MYKERNEL",
  TWQ_KERNEL_OBJDIRPREFIX: prefix,
  TWQ_PROBE_BIN: "zig-out/bin/twq-probe",
} as const;

test("with all variables: the machine, the image, the kernel, the log and the program that they name", () => {
  const lane = twqLane(variables);
  expect(lane).toMatchObject({
    image: resolve("images/guest.raw"),
    serialLog: "/tmp/serial.log",
    kernels: { stock: "auto", MYKERNEL: { objdir: prefix, conf: "MYKERNEL" } },
    machine: { cpus: 4, memory: "8G", name: "twq-dev", bhyveFlags: ["-w", "-S"] },
    files: { "/kernlane/bin/twq-probe": resolve("zig-out/bin/twq-probe") },
  });
  expect(lane.probe.slice(2).map(({ kind }) => kind)).toEqual(["program", "foreign", "foreign"]);
  expect(lane.probe[2]).toMatchObject({ path: "/kernlane/bin/twq-probe" });
  expect(resolveRequest({ name: "twq", lane, folder: "/" }, {})).toMatchObject({
    image: resolve("images/guest.raw"),
    machineName: "twq-dev",
    cpus: 4,
    memoryMiB: 8192,
    serialLog: "/tmp/serial.log",
    columns: [
      { kernel: "stock", file: "auto" },
      { kernel: "MYKERNEL", file: other },
    ],
  });
});

test.each(Object.keys(variables))("%s set to nothing, or to blanks, is not set", (name) => {
  const without = twqLane({ ...variables, [name]: undefined });
  expect(twqLane({ ...variables, [name]: "" })).toEqual(without);
  expect(twqLane({ ...variables, [name]: "  " })).toEqual(without);
  expect(without).not.toEqual(twqLane(variables));
});

test("the scaffold's kernel is the one of the prefix when no configuration is named", () => {
  const lane = twqLane({ TWQ_KERNEL_OBJDIRPREFIX: prefix });
  expect(resolveRequest({ name: "twq", lane, folder: "/" }, {}).columns).toMatchObject([
    { kernel: "stock", file: "auto" },
    { kernel: "TWQDEBUG", file: scaffold },
  ]);
});

test("the kernel that is named is the one that has to answer as the scaffold does", () => {
  const [init] = twqLane(variables).probe;
  expect(JSON.stringify(init)).toContain("MYKERNEL");
  expect(JSON.stringify(init)).not.toContain("TWQDEBUG");
});

test("a kernel that was not built is said at once", () => {
  const environment = { TWQ_KERNEL_OBJDIRPREFIX: prefix, TWQ_KERNEL_CONF: "NOSUCH" };
  const lane = twqLane(environment);
  const resolve = () => resolveRequest({ name: "twq", lane, folder: "/" }, {});
  expect(resolve).toThrow(expect.objectContaining({ code: "kernel-not-built" }) as Error);
});

test.each(["two", "1.5", "-1"])("TWQ_VM_VCPUS=%s is refused by name", (value) => {
  expect(() => twqLane({ TWQ_VM_VCPUS: value })).toThrow(
    expect.objectContaining({
      code: "bad-cpus",
      who: "usage",
      message: expect.stringContaining("TWQ_VM_VCPUS") as string,
    }) as Error,
  );
});

test("the lane of a kernel with state has the same machine and another kernel and probe", () => {
  build("TWQSTATE");
  const environment = { ...variables, TWQ_KERNEL_CONF: undefined };
  const lane = twqLane(variables);
  const { probe, description, kernels } = twqStateLane(environment);
  expect(twqStateLane(environment)).toEqual({ ...lane, probe, description, kernels });
  expect(kernels).toMatchObject({ TWQSTATE: { objdir: prefix, conf: "TWQSTATE" } });
  expect(probe.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["sequence: counters", "ends: counters", "own probe: INIT"]),
  );
  expect(Object.keys(twqStateLane(variables).kernels!)).toEqual(["stock", "MYKERNEL"]);
});

test("what a kernel with state admits goes by the machine's processors", () => {
  const answers = (vcpus: string) => {
    const { probe } = twqStateLane({ TWQ_VM_VCPUS: vcpus });
    return syscallsIn(probe)
      .filter(({ name }) => name.includes("REQTHREADS"))
      .map(({ name, expect: wanted }) => {
        const [answer] = wanted!.columns["TWQSTATE"]!;
        return `${name.replace(/^\w+: /, "")} ${(answer as { text: string }).text}`;
      });
  };
  expect(answers("1")).toEqual([
    "REQTHREADS(0, 2) = 1",
    "REQTHREADS(0, 0) ok",
    "REQTHREADS(userInteractive, 1) = 1",
    "REQTHREADS(default, 4) = 1",
    "REQTHREADS(default, 4) ok",
  ]);
  expect(answers("8")).toEqual([
    "REQTHREADS(0, 2) = 2",
    "REQTHREADS(0, 0) ok",
    "REQTHREADS(userInteractive, 1) = 1",
    "REQTHREADS(default, 4) = 4",
    "REQTHREADS(default, 4) = 4",
  ]);
});

test("an image makes this the lane that is meant", () => {
  expect([asksForTwq({}), asksForTwq({ TWQ_VM_IMAGE: " " }), asksForTwq(variables)]).toEqual([
    false,
    false,
    true,
  ]);
  expect([defaultLane({}), defaultLane(variables)]).toEqual(["linux", "twq"]);
});

test("a guest's root is accepted, and it is said that it has no effect and why", () => {
  expect(twqLane({ ...variables, TWQ_GUEST_ROOT: "/mnt/../mnt" })).toEqual(twqLane(variables));
  expect(twqNotices({ TWQ_GUEST_ROOT: "/mnt" })).toEqual([
    expect.stringMatching(/no effect.*without being mounted/) as string,
  ]);
  expect([twqNotices(variables), twqNotices({ TWQ_GUEST_ROOT: "" })]).toEqual([[], []]);
});

function syscallsIn(steps: readonly Step[]): readonly SyscallStep[] {
  return steps.flatMap((step) => {
    if (step.kind === "syscall") return [step];
    return "steps" in step ? syscallsIn(step.steps) : [];
  });
}
