import { afterEach, expect, test, vi } from "vitest";
import { installBhyve, type BhyveOptions } from "../../test/stand-ins/install.js";
import { tempFolder } from "../../test/temp-folder.js";
import { examineHost, type HostFinding } from "./examine-host.js";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A FreeBSD host with bhyve, and without QEMU or a Linux kernel. */
async function examine(options: BhyveOptions): Promise<ReadonlyMap<string, HostFinding>> {
  const { find, vmmFolder } = installBhyve(options);
  vi.stubEnv("PATH", tempFolder("nothing"));
  const where = { platform: "freebsd", isRoot: true, find, vmmFolder };
  return new Map((await examineHost(where)).map((one) => [one.what, one]));
}

test("where bhyve is, nothing is missing because QEMU is: only Linux guests need it", async () => {
  const found = await examine({ maxCpus: 4 });
  expect(found.get("bhyve")).toMatchObject({
    state: "ok",
    found: expect.stringMatching(/up to 4 cpus a machine$/) as string,
  });
  expect(found.get("qemu")).toMatchObject({
    state: "limited",
    found: expect.stringMatching(/Linux guests need it$/) as string,
  });
  expect([...found.values()].filter(({ state }) => state === "missing")).toEqual([]);
});

test("where neither is, QEMU is missing, and of vmm is said what is the matter", async () => {
  const found = await examine({ vmm: "unsupported" });
  expect(found.get("qemu")).toMatchObject({ state: "missing" });
  const { found: text, remedy } = found.get("bhyve")!;
  expect(text).toContain("SVM: not available.");
  expect(remedy).not.toContain("kldload");
});

test("says which program names source lines, and what is missing without", async () => {
  const present = new Map((await examineHost()).map((one) => [one.what, one]));
  expect(present.get("source lines")).toMatchObject({
    state: "ok",
    found: expect.stringMatching(/^llvm-symbolizer \d+\S*, \//) as string,
  });
  const found = await examine({ maxCpus: 4 });
  expect(found.get("source lines")).toMatchObject({
    state: "limited",
    remedy: expect.stringContaining("install llvm") as string,
  });
});
