import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openHold, sweepLedger, type HeldVm } from "./ledger.js";
import { startProcess } from "./process.js";
import { tempFolder } from "../../test/temp-folder.js";

let folder = "";

beforeEach(() => {
  folder = tempFolder("ledger");
  vi.stubEnv("XDG_CACHE_HOME", folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

function entries(): readonly string[] {
  return readdirSync(join(folder, "kernlane", "ledger"));
}

/** An entry whose owner has died, as `kill -9` leaves it. */
function forgeEntry(
  processes: readonly { pid: number; startedAt: string }[],
  files: readonly string[],
  vms: readonly HeldVm[] = [],
): void {
  const entry = {
    owner: { pid: 1, startedAt: "never" },
    what: "lane x, kernel y",
    processes,
    files,
    vms,
  };
  writeFileSync(join(folder, "kernlane", "ledger", "1-forged.json"), JSON.stringify(entry));
}

test("releases files and entry when the hold is disposed of", async () => {
  const overlay = join(folder, "overlay");
  {
    await using hold = await openHold("lane x", [overlay]);
    await hold.addProcess(process.pid);
    writeFileSync(overlay, "");
    expect(entries()).toHaveLength(1);
  }
  expect(existsSync(overlay)).toBe(false);
  expect(entries()).toEqual([]);
});

test("leaves what a live owner holds", async () => {
  await using hold = await openHold("lane x", []);
  expect(hold).toBeDefined();
  expect(await sweepLedger()).toEqual([]);
  expect(entries()).toHaveLength(1);
});

test("ends the guest and removes the files of a dead owner, and says so", async () => {
  await using guest = await startProcess({ argv: ["sleep", "1000"] });
  const overlay = join(folder, "overlay");
  writeFileSync(overlay, "");
  await using hold = await openHold("to learn the guest's start time", []);
  await hold.addProcess(guest.pid);
  const [own] = entries();
  const entry = JSON.parse(readFileSync(join(folder, "kernlane", "ledger", own!), "utf8")) as {
    processes: { pid: number; startedAt: string }[];
  };
  forgeEntry(entry.processes, [overlay]);

  expect(await sweepLedger()).toEqual([
    `ended the guest that a killed kernlane left running (lane x, kernel y, pid ${guest.pid})`,
  ]);
  expect((await guest.exited).signal).toBe("SIGKILL");
  expect(existsSync(overlay)).toBe(false);
  expect(entries()).toEqual([own]);
});

test("removes a folder of a dead owner with all that is in it", async () => {
  const half = join(folder, "half a checkpoint");
  mkdirSync(half);
  writeFileSync(join(half, "memory"), "");
  await sweepLedger();
  forgeEntry([], [half]);
  expect(await sweepLedger()).toEqual([]);
  expect(existsSync(half)).toBe(false);
});

test("does not end another process that was given the same pid since", async () => {
  await using other = await startProcess({ argv: ["sleep", "1000"] });
  await sweepLedger();
  forgeEntry([{ pid: other.pid, startedAt: "another time" }], []);
  expect(await sweepLedger()).toEqual([]);
  process.kill(other.pid, 0);
});

test("a damaged entry is removed", async () => {
  await sweepLedger();
  writeFileSync(join(folder, "kernlane", "ledger", "1-damaged.json"), "{");
  await sweepLedger();
  expect(entries()).toEqual([]);
});

function vm(destroy: readonly string[]): HeldVm {
  const node = join(folder, "vmm-node");
  writeFileSync(node, "");
  return { name: "kernlane-x", node, destroy: [...destroy] };
}

test("knows a virtual machine before it exists, and leaves its end to its owner", async () => {
  const held = vm(["sh", "-c", "exit 3"]);
  {
    await using hold = await openHold("lane x", [], [held]);
    expect(hold).toBeDefined();
    const [own] = entries();
    const path = join(folder, "kernlane", "ledger", own!);
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ vms: [held] });
  }
  expect(existsSync(held.node)).toBe(true);
});

test("destroys the virtual machine of a dead owner, and says so", async () => {
  await sweepLedger();
  const held = vm(["rm", join(folder, "vmm-node")]);
  forgeEntry([], [], [held]);
  expect(await sweepLedger()).toEqual([
    "destroyed the virtual machine that a killed kernlane left in the kernel (lane x, kernel y, kernlane-x)",
  ]);
  expect(existsSync(held.node)).toBe(false);
  expect(entries()).toEqual([]);
});

test("says nothing of a virtual machine that is gone already", async () => {
  await sweepLedger();
  const held = vm(["false"]);
  rmSync(held.node);
  forgeEntry([], [], [held]);
  expect(await sweepLedger()).toEqual([]);
});

test.each([
  [["sh", "-c", "echo not permitted >&2; exit 1"], "not permitted"],
  [["no-such-program"], "no-such-program was not found in PATH"],
])(
  "says what to type when a virtual machine cannot be destroyed by %j",
  async (destroy, reason) => {
    await sweepLedger();
    forgeEntry([], [], [vm(destroy)]);
    expect(await sweepLedger()).toEqual([
      `could not destroy the virtual machine kernlane-x (${reason}); run: ${destroy.join(" ")}`,
    ]);
  },
);
