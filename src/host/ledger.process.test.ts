import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { foreignHolds, openHold, sweepLedger, type HeldVm } from "./ledger.js";
import { identify, identifySelf, type Owner } from "./owner.js";
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
async function forgeEntry(
  processes: readonly Owner[],
  files: readonly string[],
  vms: readonly HeldVm[] = [],
  owner: Partial<Owner> = { startedAt: "never" },
): Promise<void> {
  const entry = {
    owner: { ...(await identifySelf()), ...owner },
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
    processes: Owner[];
  };
  await forgeEntry(entry.processes, [overlay]);

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
  await forgeEntry([], [half]);
  expect(await sweepLedger()).toEqual([]);
  expect(existsSync(half)).toBe(false);
});

test("does not end another process that was given the same pid since", async () => {
  await using other = await startProcess({ argv: ["sleep", "1000"] });
  await sweepLedger();
  await forgeEntry([{ ...(await identify(other.pid)), startedAt: "another time" }], []);
  expect(await sweepLedger()).toEqual([]);
  process.kill(other.pid, 0);
});

test("a damaged entry is left alone, and named", async () => {
  await sweepLedger();
  writeFileSync(join(folder, "kernlane", "ledger", "1-damaged.json"), "{");
  await sweepLedger();
  expect(entries()).toEqual(["1-damaged.json"]);
  expect(await foreignHolds()).toMatchObject([{ text: "an entry of another version of kernlane" }]);
});

test.each([
  ["another host", { host: "builder/0123" }, "held by pid 1 on host builder"],
  [
    "another host under another boot",
    { host: "builder/0123", boot: "2" },
    "held by pid 1 on host builder",
  ],
  ["another container", { namespace: "pid:[1]" }, "held by pid 1 in another container"],
])("leaves what belongs to %s, and names it", async (_, other, who) => {
  await using guest = await startProcess({ argv: ["sleep", "1000"] });
  const overlay = join(folder, "overlay");
  writeFileSync(overlay, "");
  await sweepLedger();
  const owner = { pid: 1, startedAt: "never", ...other };
  await forgeEntry([await identify(guest.pid)], [overlay], [], owner);
  expect(await sweepLedger()).toEqual([]);
  expect(existsSync(overlay)).toBe(true);
  process.kill(guest.pid, 0);
  expect(await foreignHolds()).toMatchObject([{ text: `lane x, kernel y, ${who}` }]);
});

test("sweeps what this host held before it was started again", async () => {
  const overlay = join(folder, "overlay");
  writeFileSync(overlay, "");
  await sweepLedger();
  await forgeEntry([await identify(process.pid)], [overlay], [], { boot: "an earlier one" });
  await sweepLedger();
  expect(existsSync(overlay)).toBe(false);
  expect(entries()).toEqual([]);
});

test("sweeps what a sweeper left that died while it swept", async () => {
  const overlay = join(folder, "overlay");
  writeFileSync(overlay, "");
  await sweepLedger();
  await forgeEntry([], [overlay]);
  const dead = { ...(await identifySelf()), startedAt: "never" };
  const lock = join(folder, "kernlane", "ledger", "1-forged.json.lock");
  writeFileSync(lock, JSON.stringify({ token: "x", owner: dead }));
  writeFileSync(`${lock}.stale`, JSON.stringify({ token: "y", owner: dead }));
  await sweepLedger();
  expect(existsSync(overlay)).toBe(false);
  expect(entries()).toEqual([]);
});

test("several sweeps at once end one guest once", async () => {
  await using guest = await startProcess({ argv: ["sleep", "1000"] });
  await sweepLedger();
  await forgeEntry([await identify(guest.pid)], []);
  const said = await Promise.all([sweepLedger(), sweepLedger(), sweepLedger()]);
  expect(said.flat()).toHaveLength(1);
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
  await forgeEntry([], [], [held]);
  expect(await sweepLedger()).toEqual([
    "destroyed the virtual machine that a killed kernlane left in the kernel (lane x, kernel y, kernlane-x)",
  ]);
  expect(existsSync(held.node)).toBe(false);
  expect(entries()).toEqual([]);
});

test("tells of a guest and of its virtual machine in one sentence, each name once", async () => {
  await using guest = await startProcess({ argv: ["sleep", "1000"] });
  await sweepLedger();
  const held = { ...vm(["rm", join(folder, "vmm-node")]), name: "lane x, kernel y" };
  const gone = { ...(await identify(guest.pid)), pid: 999_999, startedAt: "the loader" };
  await forgeEntry([gone, await identify(guest.pid)], [], [held]);
  expect(await sweepLedger()).toEqual([
    `ended the guest that a killed kernlane left running and destroyed its virtual machine (lane x, kernel y, pid ${guest.pid})`,
  ]);
});

test("enters each process that runs a machine, one after the other", async () => {
  await using loader = await startProcess({ argv: ["sleep", "1000"] });
  await using guest = await startProcess({ argv: ["sleep", "1000"] });
  await using hold = await openHold("lane x", []);
  hold.follow({
    onProcess(listener) {
      listener(loader.pid);
      listener(guest.pid);
    },
  });
  const [own] = entries();
  const path = join(folder, "kernlane", "ledger", own!);
  await vi.waitFor(() => {
    const { processes } = JSON.parse(readFileSync(path, "utf8")) as { processes: Owner[] };
    expect(processes.map(({ pid }) => pid).sort()).toEqual([loader.pid, guest.pid].sort());
  });
});

test("removes a virtual machine's folder with it", async () => {
  const sockets = join(folder, "sockets");
  mkdirSync(sockets);
  await sweepLedger();
  await forgeEntry([], [], [{ ...vm(["rm", join(folder, "vmm-node")]), folder: sockets }]);
  await sweepLedger();
  expect(existsSync(sockets)).toBe(false);
});

test("says nothing of a virtual machine that is gone already", async () => {
  await sweepLedger();
  const held = vm(["false"]);
  rmSync(held.node);
  await forgeEntry([], [], [held]);
  expect(await sweepLedger()).toEqual([]);
});

test.each([
  [["sh", "-c", "echo not permitted >&2; exit 1"], "not permitted"],
  [["no-such-program"], "no-such-program was not found in PATH"],
])(
  "says what to type when a virtual machine cannot be destroyed by %j",
  async (destroy, reason) => {
    await sweepLedger();
    await forgeEntry([], [], [vm(destroy)]);
    expect(await sweepLedger()).toEqual([
      `could not destroy the virtual machine kernlane-x (${reason}); run: ${destroy.join(" ")}`,
    ]);
  },
);
