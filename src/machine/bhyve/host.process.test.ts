import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { installBhyve, installScript, type StandIns } from "../../../test/stand-ins/install.js";
import { findBhyve, type BhyvePlaces } from "./host.js";

function places(standIns: StandIns, change: Partial<BhyvePlaces> = {}): Partial<BhyvePlaces> {
  return {
    platform: "freebsd",
    find: standIns.find,
    isRoot: false,
    vmmFolder: standIns.vmmFolder,
    vmmControl: join(standIns.folder, "vmmctl"),
    ...change,
  };
}

test("finds the programs of FreeBSD's base system", async () => {
  const standIns = installBhyve();
  expect(await findBhyve(places(standIns, { isRoot: true }))).toMatchObject({
    bhyve: join(standIns.folder, "bhyve"),
    bhyveload: join(standIns.folder, "bhyveload"),
    bhyvectl: join(standIns.folder, "bhyvectl"),
    asRoot: [],
    vmmFolder: standIns.vmmFolder,
    bootRom: "/usr/local/share/uefi-firmware/BHYVE_UEFI.fd",
  });
});

test.each([
  [false, { asksForAcpi: false, hasTcpSerial: true }],
  [true, { asksForAcpi: true, hasTcpSerial: false }],
])("sees what bhyve can do in bhyve itself (old: %s)", async (isOld, abilities) => {
  expect(await findBhyve(places(installBhyve({ isOld }), { isRoot: true }))).toMatchObject(
    abilities,
  );
});

test("refuses any other system than FreeBSD", async () => {
  await expect(findBhyve({ platform: "linux" })).rejects.toMatchObject({
    code: "bhyve-needs-freebsd",
    who: "host",
    message: "bhyve runs on FreeBSD hosts only, found linux",
  });
});

test.each(["bhyve", "bhyveload", "bhyvectl"])("says that %s is missing", async (program) => {
  const standIns = installBhyve();
  const find = (name: string): string | undefined =>
    name === program ? undefined : standIns.find(name);
  await expect(findBhyve(places(standIns, { find }))).rejects.toMatchObject({
    code: "bhyve-missing",
    who: "host",
    message: `${program} was not found in PATH`,
  });
});

test("says that vmm is not loaded, and how it is", async () => {
  const standIns = installBhyve({ vmm: "missing" });
  await expect(findBhyve(places(standIns, { isRoot: true }))).rejects.toMatchObject({
    code: "vmm-not-loaded",
    who: "host",
    hint: expect.stringContaining("kldload vmm") as string,
  });
});

test("tells a vmm that found no processor for it from one that is not loaded, in the kernel's words", async () => {
  const standIns = installBhyve({ vmm: "unsupported" });
  await expect(findBhyve(places(standIns, { isRoot: true }))).rejects.toMatchObject({
    code: "vmm-unsupported",
    who: "host",
    message: expect.stringMatching(/supports: SVM: not available\.$/) as string,
  });
});

test.each([
  [1, 1],
  [0, 16],
])("sees how many processors vmm gives a machine (sysctl: %d)", async (maxCpus, expected) => {
  const standIns = installBhyve({ maxCpus });
  expect((await findBhyve(places(standIns, { isRoot: true }))).maxCpus).toBe(expected);
});

function withControl(standIns: StandIns): Partial<BhyvePlaces> {
  const vmmControl = join(standIns.folder, "vmmctl");
  writeFileSync(vmmControl, "");
  return places(standIns, { vmmControl });
}

test.each([true, false])(
  "needs nobody else where the user may use what he makes, and leaves nothing (proven: %s)",
  async (prove) => {
    const standIns = installBhyve();
    installScript(standIns, "sudo", "exit 0");
    expect((await findBhyve(withControl(standIns), prove)).asRoot).toEqual([]);
    expect(readdirSync(standIns.vmmFolder)).toEqual([]);
  },
);

test("takes a control device that may be written to for no proof: the machines' nodes are root's", async () => {
  const standIns = installBhyve({ nodesOf: "root" });
  const where = withControl(standIns);
  await expect(findBhyve(where, true)).rejects.toMatchObject({
    code: "vmm-forbidden",
    message: expect.stringContaining("(bhyve: vm_openf: Permission denied)") as string,
  });
  expect(readdirSync(standIns.vmmFolder)).toEqual([]);
  const sudo = installScript(standIns, "sudo", "exit 0");
  expect((await findBhyve(where, true)).asRoot).toEqual([sudo, "-n"]);
});

test("does not use monitor mode, which is all that the group vmm allows", async () => {
  const standIns = installBhyve({ isNew: true });
  await expect(findBhyve(withControl(standIns), true)).rejects.toMatchObject({
    code: "vmm-forbidden",
    message: expect.stringContaining("monitor mode only (bhyve -M)") as string,
  });
});

test("becomes root by doas, else by sudo, if no password is asked for", async () => {
  const standIns = installBhyve();
  const sudo = installScript(standIns, "sudo", '[ "$*" = "-n true" ]');
  expect((await findBhyve(places(standIns))).asRoot).toEqual([sudo, "-n"]);
  const doas = installScript(standIns, "doas", '[ "$*" = "-n true" ]');
  expect((await findBhyve(places(standIns))).asRoot).toEqual([doas, "-n"]);
  installScript(standIns, "doas", "echo doas: Authentication required >&2; exit 1");
  expect((await findBhyve(places(standIns))).asRoot).toEqual([sudo, "-n"]);
});

test("says that the user may not, and what would let him", async () => {
  const standIns = installBhyve();
  installScript(standIns, "sudo", "echo sudo: a password is required >&2; exit 1");
  await expect(findBhyve(places(standIns))).rejects.toMatchObject({
    code: "vmm-forbidden",
    who: "host",
    message: expect.stringContaining("neither doas nor sudo") as string,
    hint: expect.stringContaining("run as root") as string,
  });
});
