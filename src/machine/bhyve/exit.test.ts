import { expect, test } from "vitest";
import type { ProcessExit } from "../../host/process.js";
import { settledEnd } from "../settle-end.js";
import { isPortTaken, meaningOfBhyveExit, meaningOfLoaderExit } from "./exit.js";

function exited(code: number): ProcessExit {
  return { code, signal: undefined, killedByUs: false };
}

function died(signal: string): ProcessExit {
  return { code: undefined, signal, killedByUs: false };
}

test.each([
  [0, "reset"],
  [1, "powered-off"],
  [2, "halted"],
  [3, "crashed"],
  [4, "failed"],
  [64, "failed"],
  [70, "failed"],
  [71, "failed"],
  [100, "failed"],
  [134, "failed"],
  [137, "vanished"],
  [143, "vanished"],
] as const)("bhyve's status %d is %s", (code, how) => {
  const words = code === 4 ? "vm exit[0]" : "";
  expect(meaningOfBhyveExit(exited(code), false, words)).toMatchObject({ how });
});

test.each(["", "Unhandled ps2 mouse command 0xe1\r\n"])(
  "status 4 with %j is a machine that was destroyed under bhyve",
  (words) => {
    expect(meaningOfBhyveExit(exited(4), false, words)).toEqual({
      how: "vanished",
      detail:
        "bhyve ended with status 4 and no word, as it does when its virtual machine is destroyed",
    });
  },
);

test.each([
  ["SIGKILL", "vanished"],
  ["SIGTERM", "vanished"],
  ["SIGABRT", "failed"],
  ["SIGSEGV", "failed"],
] as const)("bhyve's death by %s is %s", (signal, how) => {
  expect(meaningOfBhyveExit(died(signal), false, "")).toMatchObject({ how });
});

test.each([
  "Usage: bhyve [-aCDeHhPSuWwxY]",
  "doas: Operation not permitted",
  "sudo: a password is required",
  "bhyve: gdb socket bind: Address already in use",
])("status 1 with %j is no power-off, whatever the guest said", (words) => {
  const end = meaningOfBhyveExit(exited(1), false, words);
  expect(end).toMatchObject({ how: "failed", detail: `bhyve ended with status 1: ${words}` });
  expect(settledEnd(end, true)).toMatchObject({ how: "failed" });
});

test.each(["Unhandled ps2 mouse command 0xe1\r\n", "rdmsr to register 0xc0011029 on vcpu 0\n", ""])(
  "what bhyve remarks of any guest makes a power-off no failure: %j",
  (words) => {
    expect(meaningOfBhyveExit(exited(1), false, words)).toEqual({
      how: "powered-off",
      detail: "bhyve ended with status 1: powered off",
    });
  },
);

test("other words beside status 1 are a failure, unless the guest said that it powers off", () => {
  const words = "bhyve: Failed to open gdb xml directory: No such file or directory\n";
  const end = meaningOfBhyveExit(exited(1), false, words);
  const detail = `bhyve ended with status 1: ${words.trim()}`;
  expect(settledEnd(end, false)).toMatchObject({
    ...{ how: "failed", detail },
    failure: { code: "hypervisor-failed" },
  });
  expect(settledEnd(end, true)).toEqual({ how: "powered-off", detail });
});

test("of several lines the first is the end's, and all are kept, without carriage returns", () => {
  const words = "bhyve: bind(127.0.0.1:7002): Address already in use\r\nUnable to initialize\r\n";
  expect(meaningOfBhyveExit(exited(4), false, words)).toEqual({
    how: "failed",
    detail: "bhyve ended with status 4: bhyve: bind(127.0.0.1:7002): Address already in use",
    said: ["bhyve: bind(127.0.0.1:7002): Address already in use", "Unable to initialize"],
  });
});

test.each([1, 4])("with status %d and ENXIO the machine was destroyed under bhyve", (code) => {
  const words = "vm_run error -1, errno 6\n";
  expect(meaningOfBhyveExit(exited(code), false, words)).toEqual({
    how: "vanished",
    detail: `bhyve ended with status ${code}: vm_run error -1, errno 6`,
  });
  expect(meaningOfBhyveExit(exited(code), true, words)).toMatchObject({ how: "stopped" });
});

test("another errno of vm_run is bhyve's failure", () => {
  const words = "vm_run error -1, errno 60";
  expect(meaningOfBhyveExit(exited(4), false, words)).toMatchObject({ how: "failed" });
});

test.each([
  [died("SIGKILL"), "stopped"],
  [exited(137), "stopped"],
  [exited(4), "stopped"],
  // It was quicker than we were.
  [exited(1), "powered-off"],
  [exited(0), "reset"],
] as const)("once we stop the machine, %j is %s", (exit, how) => {
  expect(meaningOfBhyveExit(exit, true, "")).toMatchObject({ how });
});

test.each([
  [exited(0), false, undefined],
  [exited(1), false, "failed"],
  [exited(2), false, "reset"],
  [exited(64), false, "failed"],
  [died("SIGKILL"), false, "vanished"],
  [exited(137), false, "vanished"],
  [died("SIGABRT"), false, "failed"],
  [died("SIGKILL"), true, "stopped"],
  [exited(0), true, "stopped"],
] as const)("the loader's end %j, stopped by us: %s, is %s", (exit, stoppedByUs, how) => {
  expect(meaningOfLoaderExit(exit, stoppedByUs, "")?.how).toBe(how);
});

test("a loader's failure is told in its own words", () => {
  const words = "bhyveload: vm_create: Operation not permitted\n";
  expect(meaningOfLoaderExit(exited(1), false, words)).toMatchObject({
    failure: { code: "vmm-forbidden" },
    how: "failed",
    detail: "bhyveload ended with status 1: bhyveload: vm_create: Operation not permitted",
  });
});

test("knows a port that was taken from any other failure", () => {
  const words = "bhyve: bind(127.0.0.1:4321): Address already in use\n";
  expect(isPortTaken(exited(4), words)).toBe(true);
  expect(isPortTaken(exited(4), "Unable to set up memory")).toBe(false);
  expect(isPortTaken(died("SIGKILL"), words)).toBe(false);
});
