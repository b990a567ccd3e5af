import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { tempFolder } from "../../test/temp-folder.js";
import { LaneError } from "../base/errors.js";
import type { Machine } from "../machine/machine.js";
import type { LaneHappening } from "./events.js";
import { readFrozen } from "./frozen/description.js";
import { keepScenes } from "./keep-scenes.js";
import type { SceneRecord } from "./scene.js";

let folder = "";

beforeEach(() => {
  folder = tempFolder("scenes");
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
  return () => vi.unstubAllEnvs();
});

interface Kept {
  readonly scenes: readonly SceneRecord[];
  readonly calls: readonly string[];
  readonly keeping: readonly LaneHappening[];
}

const works: Partial<Machine> = {
  dumpMemory: (to, told) => {
    writeFileSync(to, "memory");
    told?.({ doneBytes: 4096, totalBytes: 8192 });
    return Promise.resolve({ format: "kdump-zlib", hasVmcoreinfo: true });
  },
  save: ({ memory, state }) => {
    writeFileSync(memory, "memory");
    writeFileSync(state, "state");
    return Promise.resolve();
  },
  savedBytes: () => Promise.resolve(4096),
};

async function keep(
  asked: { readonly dump?: boolean; readonly freeze?: boolean; readonly guest?: string },
  can: Partial<Machine> = works,
  memoryMiB = 32,
  signal = new AbortController().signal,
): Promise<Kept> {
  const { dump = false, freeze = false, guest = "linux" } = asked;
  const calls: string[] = [];
  const happened: LaneHappening[] = [];
  const machine = { pause: () => Promise.resolve(void calls.push("pause")), ...can };
  const spec = { name: "a guest", arch: "amd64", cpus: 1, memoryMiB, accel: "tcg", disks: [] };
  const kernel = join(folder, "bzImage");
  await keepScenes({
    run: {
      request: { dump, freeze },
      facts: { hypervisorVersion: "QEMU 7.2.22" },
    },
    plan: {
      ...{
        folder,
        guest,
        staging: {},
        symbols: { given: [] },
        machine: { ...spec, boot: { kind: "direct" } },
      },
      file: { path: kernel, identity: { label: "6.1" }, origin: "given" },
    },
    machine,
    signal,
    emit: (happening: LaneHappening) => happened.push(happening),
  } as never);
  const scenes = happened.flatMap((one) => (one.kind === "scene" ? [one.scene] : []));
  return { scenes, calls, keeping: happened.filter(({ kind }) => kind === "keeping") };
}

test("an interrupt ends what is under way, begins nothing more, and is named instead of the machine's end", async () => {
  const user = new AbortController();
  const ends: Partial<Machine> = {
    ...works,
    dumpMemory: () => {
      user.abort();
      return Promise.reject(new Error("QEMU ended before it answered query-dump"));
    },
  };
  const { scenes } = await keep({ dump: true, freeze: true }, ends, 32, user.signal);
  expect(scenes).toMatchObject([
    { kind: "dump", complete: false, problem: "the run was interrupted" },
  ]);
});

test("keeps nothing that was not asked for, and leaves the machine as it is", async () => {
  expect(await keep({})).toEqual({ scenes: [], calls: [], keeping: [] });
  expect(await keep({ dump: true, guest: "freebsd" })).toMatchObject({ scenes: [], calls: [] });
});

test("pauses the machine, writes its memory and freezes it, and says how much is kept", async () => {
  const { scenes, calls, keeping } = await keep({ dump: true, freeze: true });
  expect(calls).toEqual(["pause"]);
  expect(scenes).toEqual([
    {
      ...{ kind: "dump", guest: "linux", file: "vmcore", bytes: 6, complete: true },
      ...{ how: "written by QEMU 7.2.22 as kdump-zlib", hasVmcoreinfo: true },
    },
    { kind: "freeze", guest: "linux", folder: "frozen", bytes: expect.any(Number) as number },
  ]);
  expect(keeping).toMatchObject([
    { what: "dump", doneBytes: 0, ofBytes: 32 * 1024 ** 2 },
    { what: "freeze", doneBytes: 0 },
  ]);
  expect(readdirSync(folder).sort()).toEqual(["cache", "frozen", "vmcore"]);
  expect(readFrozen(join(folder, "frozen"))).toMatchObject({
    description: { hypervisor: "QEMU 7.2.22", guest: "linux", processor: "emulated" },
  });
});

test("what was cut off is said to be so, is not called whole, and is not kept", async () => {
  const dies = new LaneError("dump-failed", "QEMU ended before it answered query-dump");
  const { scenes } = await keep(
    { dump: true, freeze: true },
    {
      dumpMemory: (to, told) => {
        writeFileSync(to, "mem");
        told?.({ doneBytes: 2 * 1024 ** 2, totalBytes: 32 * 1024 ** 2 });
        return Promise.reject(dies);
      },
      save: ({ memory }) => {
        writeFileSync(memory, "mem");
        return Promise.reject(new Error("no space left on device"));
      },
    },
  );
  expect(scenes).toEqual([
    {
      ...{ kind: "dump", guest: "linux", bytes: 0, complete: false },
      how: "written by QEMU 7.2.22",
      problem: `cut off after 2.0 MiB of 32.0 MiB, and removed: ${dies.message}`,
    },
    { kind: "freeze", guest: "linux", bytes: 0, problem: "no space left on device" },
  ]);
  expect(readdirSync(folder)).toEqual(["cache"]);
});

test("does not begin what the disk has no room for", async () => {
  const begun = vi.fn();
  const { scenes } = await keep(
    { dump: true, freeze: true },
    {
      dumpMemory: begun,
      save: begun,
      savedBytes: () => Promise.resolve(2 ** 52),
    },
    1024 ** 2,
  );
  expect(begun).not.toHaveBeenCalled();
  expect(scenes.map(({ problem }) => problem)).toEqual([
    expect.stringMatching(/free, expected at least .* for a dump of the guest's memory$/),
    expect.stringMatching(/free, expected at least .* for the frozen guest$/),
  ]);
});

test("a frozen guest takes the place of one that an earlier run left", async () => {
  mkdirSync(join(folder, "frozen"));
  writeFileSync(join(folder, "frozen", "disk-3"), "of another");
  await keep({ freeze: true });
  expect(existsSync(join(folder, "frozen", "disk-3"))).toBe(false);
  expect(readFrozen(join(folder, "frozen"))).not.toBe("damaged");
});
