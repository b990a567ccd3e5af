/**
 * The command line as its user runs it: what is printed, the exit status, Ctrl-C, and what is left behind.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { packageRoot } from "../../src/host/paths.js";
import type { RunRecord } from "../../src/run/record.js";
import { cli, kernlane, start, until } from "../cli-process.js";
import { scratchFolder } from "./guest-run.js";
import { findProcess } from "./processes.js";

let stock = "";
beforeAll(() => {
  stock = `stock=${inject("stockKernel")}`;
});

test("run --json prints one document that the schema describes, and judge agrees with it", async () => {
  const cwd = scratchFolder();
  const { status, stdout, stderr } = await kernlane(
    [
      "run",
      "--json",
      "--kernel",
      stock,
      "--kernel",
      `TWQDEBUG=${inject("twinKernel")}`,
      "--out",
      "out",
    ],
    cwd,
  );
  expect(status).toBe(0);
  expect(stderr).toContain("stock: ");
  const record = JSON.parse(stdout) as RunRecord;
  const schema = JSON.parse(
    readFileSync(join(packageRoot(), "docs", "record.schema.json"), "utf8"),
  ) as object;
  const ajv = new Ajv2020({ allErrors: true, validateFormats: false });
  expect(ajv.validate(schema, record), ajv.errorsText()).toBe(true);
  for (const { folder, files } of record.columns) {
    const paths = [files.console, files.events, files.record];
    expect(paths.map((path) => existsSync(join(folder, path)))).toEqual([true, true, true]);
  }
  const judged = await kernlane(["judge", "out", "--json"], cwd);
  expect(judged.status).toBe(0);
  const again = JSON.parse(judged.stdout) as RunRecord;
  const byKernel = (one: RunRecord) =>
    Object.fromEntries(
      one.columns.map(({ kernel, verdict, steps }) => [kernel, { verdict, steps }]),
    );
  expect(byKernel(again)).toEqual(byKernel(record));
});

test("run prints progress in plain lines, the table, the verdict and where the files are", async () => {
  const cwd = scratchFolder();
  const log = join(cwd, "serial.log");
  const { status, stdout } = await kernlane(["run", "--kernel", stock, "--serial-log", log], cwd);
  expect(status).toBe(0);
  for (const phase of ["stage", "load", "kernel", "probe", "power-off"]) {
    expect(stdout).toMatch(new RegExp(`^stock: .* ${phase}$`, "m"));
  }
  expect(stdout).toMatch(/^step +stock$/m);
  expect(stdout).toMatch(/^twq_kernreturn\(INIT\) +ENOSYS$/m);
  expect(stdout).toMatch(/^stock +passed /m);
  expect(readFileSync(log, "latin1")).toContain("Linux version");
  const [run] = readdirSync(join(cwd, ".kernlane", "runs"));
  expect(readdirSync(join(cwd, ".kernlane", "runs", run!, "stock")).sort()).toEqual([
    "events.jsonl",
    "record.json",
  ]);
});

test.each(["load", "kernel"])(
  "Ctrl-C in phase %s ends the guest and writes the record",
  async (phase) => {
    const cwd = scratchFolder();
    const { child, finished, said } = start(["run", "--kernel", stock, "--out", "out"], cwd);
    await said(` ${phase}\n`);
    child.kill("SIGINT");
    const { status } = await finished;
    expect(status).toBe(130);
    const record = JSON.parse(readFileSync(join(cwd, "out", "record.json"), "utf8")) as RunRecord;
    expect(record).toMatchObject({ interrupted: true, verdict: "incomplete" });
    expect(record.columns[0]!.title).toBe(`interrupted in phase ${phase}`);
    expect(findProcess(join(cwd, "out"))).toBeUndefined();
  },
);

test.each([
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("%s ends the guest, and kernlane exits with %i", async (signal, expected) => {
  const cwd = scratchFolder();
  const { child, finished, said } = start(["run", "--kernel", stock, "--out", "out"], cwd);
  await said(" kernel\n");
  child.kill(signal);
  expect((await finished).status).toBe(expected);
  const record = JSON.parse(readFileSync(join(cwd, "out", "record.json"), "utf8")) as RunRecord;
  expect(record).toMatchObject({ interrupted: true });
  expect(findProcess(join(cwd, "out"))).toBeUndefined();
});

test("a run whose output nobody reads any more goes on to its record", async () => {
  const cwd = scratchFolder();
  const args = [cli, "run", "--kernel", stock, "--out", "out"];
  const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  child.stdout.once("data", () => child.stdout.destroy());
  const status = new Promise((resolve) => child.on("close", resolve));
  expect(await text(child.stderr)).toBe("");
  expect(await status).toBe(0);
  const record = JSON.parse(readFileSync(join(cwd, "out", "record.json"), "utf8")) as RunRecord;
  expect(record.verdict).toBe("passed");
});

test("a guest does not outlive a kernlane that is killed, and the next run goes on as ever", async () => {
  const cwd = scratchFolder();
  const { child, finished, said } = start(["run", "--kernel", stock, "--out", "out"], cwd);
  await said(" kernel\n");
  expect(findProcess(join(cwd, "out"))).toBeDefined();
  child.kill("SIGKILL");
  await finished;
  await until(() => findProcess(join(cwd, "out")) === undefined);
  const again = await kernlane(["run", "--kernel", stock, "--out", "out"], cwd);
  expect(again.status).toBe(0);
});

test("a failed guest is exit status 1, and kept staging can be looked at", async () => {
  const cwd = scratchFolder();
  const { status, stdout } = await kernlane(
    ["run", "--kernel", `TWQDEBUG=${stock.slice("stock=".length)}`, "--out", "out", "--keep"],
    cwd,
  );
  expect(status).toBe(1);
  expect(stdout).toMatch(/^twq_kernreturn\(INIT\) +ENOSYS ✗$/m);
  expect(stdout).toContain("twq_kernreturn(INIT): expected ENOTSUP, saw ENOSYS");
  expect(existsSync(join(cwd, "out", "TWQDEBUG", "initramfs.cpio"))).toBe(true);
});
