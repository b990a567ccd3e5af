import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { installScript, makeFolder, type StandIns } from "../../../test/stand-ins/install.js";
import { chooseAccel, runProofGuest } from "./accelerator.js";
import { PROOF_STATUS } from "./proof-guest.js";
import type { QemuBinary } from "./binary.js";
import { tempFolder } from "../../../test/temp-folder.js";

vi.setConfig({ testTimeout: 30_000 });

/** How /dev/kvm looks from here, whatever this host has. */
const kvm = vi.hoisted((): { state: "usable" | "forbidden" | "absent" } => ({ state: "usable" }));

vi.mock(import("node:fs"), async (importOriginal) => {
  const actual = await importOriginal();
  return {
    ...actual,
    existsSync: (path) => (path === "/dev/kvm" ? kvm.state !== "absent" : actual.existsSync(path)),
    accessSync: (path, mode) => {
      if (path !== "/dev/kvm") actual.accessSync(path, mode);
      else if (kvm.state !== "usable") throw new Error("EACCES");
    },
  };
});

let cache = "";
let standIns: StandIns;

beforeEach(() => {
  cache = tempFolder("accelerator");
  vi.stubEnv("XDG_CACHE_HOME", cache);
  standIns = makeFolder();
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A QEMU that notes each start, with its arguments, and then does what `body` says. */
function qemu(body: string, version = "7.2.22"): QemuBinary {
  const log = join(standIns.folder, "starts.log");
  const path = installScript(standIns, "qemu", `echo "$*" >>${log}\n${body}`);
  return { path, version };
}

function starts(): readonly string[] {
  const log = join(standIns.folder, "starts.log");
  return existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
}

const WORKS = `exit ${PROOF_STATUS}`;
const DIES = "echo KVM internal error. Suberror: 1 >&2; echo emulation failure >&2; exit 1";

test("tcg is taken at its word: nothing is tried", async () => {
  expect(await chooseAccel("tcg", qemu(WORKS), true)).toEqual({ accel: "tcg", why: "asked for" });
  expect(starts()).toEqual([]);
});

test("a guest that came through proves the accelerator", async () => {
  expect(await runProofGuest("kvm", qemu(WORKS))).toEqual({
    works: true,
    why: "a tiny guest ran under it on this host",
  });
  expect(starts()[0]).toMatch(/-accel kvm -cpu host -device isa-debug-exit,iobase=0xf4/);
});

test("a guest that died does not, and QEMU's first line says why", async () => {
  expect(await runProofGuest("kvm", qemu(DIES))).toEqual({
    works: false,
    why: "a tiny guest died under kvm: KVM internal error. Suberror: 1",
  });
});

test.each([
  ["exit 0", "status 0"],
  ["kill -s ABRT $$", "status none"],
])("a guest that ended in another way proves nothing: %s", async (body, reason) => {
  expect(await runProofGuest("tcg", qemu(body))).toEqual({
    works: false,
    why: `a tiny guest died under tcg: ${reason}`,
  });
});

test("a guest that hangs is ended at the deadline and proves nothing", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  let proof: { works: boolean; why: string } | undefined;
  void runProofGuest("kvm", qemu("exec sleep 1000")).then((found) => (proof = found));
  while (proof === undefined) {
    await new Promise((resolve) => setImmediate(resolve));
    if (starts().length > 0) vi.advanceTimersByTime(1_000);
  }
  vi.useRealTimers();
  expect(proof.works).toBe(false);
  expect(proof.why).toMatch(/^a tiny guest hung under kvm: .* did not end within 8000 ms/);
});

test("what was tried leaves nothing behind", async () => {
  vi.stubEnv("TMPDIR", cache);
  await runProofGuest("kvm", qemu(DIES));
  expect(readdirSync(cache)).toEqual([]);
});

describe.skipIf(process.platform !== "linux")("auto, on a Linux host", () => {
  beforeEach(() => {
    kvm.state = "usable";
  });

  test("takes KVM once it is proven, and remembers for this host and this QEMU", async () => {
    const answer = { accel: "kvm", why: "a tiny guest ran under it on this host" };
    expect(await chooseAccel("auto", qemu(WORKS), true)).toEqual(answer);
    expect(await chooseAccel("auto", qemu(DIES), true)).toEqual(answer);
    expect(starts()).toHaveLength(1);
    expect(await chooseAccel("auto", qemu(DIES, "9.0.0"), true)).toMatchObject({ accel: "tcg" });
    expect(starts()).toHaveLength(2);
  });

  test("ends up on tcg where KVM is broken, says so, and does not pay for it again at once", async () => {
    const answer = {
      accel: "tcg",
      why: "a tiny guest died under kvm: KVM internal error. Suberror: 1",
    };
    expect(await chooseAccel("auto", qemu(DIES), true)).toEqual(answer);
    expect(await chooseAccel("auto", qemu(WORKS), true)).toEqual(answer);
    expect(starts()).toHaveLength(1);
  });

  test("tries again what failed some minutes ago", async () => {
    await chooseAccel("auto", qemu(DIES), true);
    const path = join(cache, "kernlane", "accelerators.json");
    const memory = readFileSync(path, "utf8");
    const back = (ms: number) =>
      writeFileSync(
        path,
        memory.replace(/"testedMs": (\d+)/, (_, at) => `"testedMs": ${Number(at) - ms}`),
      );
    back(9 * 60_000);
    expect(await chooseAccel("auto", qemu(WORKS), true)).toMatchObject({ accel: "tcg" });
    back(11 * 60_000);
    expect(await chooseAccel("auto", qemu(WORKS), false)).toEqual({
      accel: "tcg",
      why: "kvm has not been tried on this host lately; a run tries it first",
    });
    expect(await chooseAccel("auto", qemu(WORKS), true)).toMatchObject({ accel: "kvm" });
  });

  test("works on a host whose cache cannot be written", async () => {
    writeFileSync(join(cache, "kernlane"), "a file where the folder would be");
    expect(await chooseAccel("auto", qemu(WORKS), true)).toMatchObject({ accel: "kvm" });
  });

  test("a plan tries nothing, and says that a run would", async () => {
    expect(await chooseAccel("auto", qemu(WORKS), false)).toEqual({
      accel: "tcg",
      why: "kvm has not been tried on this host yet; a run tries it first",
    });
    expect(starts()).toEqual([]);
    await chooseAccel("auto", qemu(WORKS), true);
    expect(await chooseAccel("auto", qemu(WORKS), false)).toMatchObject({ accel: "kvm" });
  });

  test("a damaged memory is found out again", async () => {
    await chooseAccel("auto", qemu(WORKS), true);
    writeFileSync(join(cache, "kernlane", "accelerators.json"), "{ no JSON");
    expect(await chooseAccel("auto", qemu(DIES), true)).toMatchObject({ accel: "tcg" });
    expect(starts()).toHaveLength(2);
  });

  test.each([
    ["absent", "this host has no /dev/kvm"],
    ["forbidden", "this user may not open /dev/kvm (join the group kvm)"],
  ] as const)("tries nothing where /dev/kvm is %s", async (state, why) => {
    kvm.state = state;
    expect(await chooseAccel("auto", qemu(WORKS), true)).toEqual({ accel: "tcg", why });
    expect(starts()).toEqual([]);
  });

  test("refuses an accelerator that was named and does not work", async () => {
    await expect(chooseAccel("kvm", qemu(DIES), true)).rejects.toMatchObject({
      code: "accel-unusable",
      who: "host",
      message: "--accel kvm: a tiny guest died under kvm: KVM internal error. Suberror: 1",
    });
    await expect(chooseAccel("hvf", qemu(WORKS), true)).rejects.toMatchObject({
      message: "--accel hvf: HVF exists on macOS only",
    });
  });
});
