/**
 * From a death to its line of source, on real guests: what README.md and docs/crashes.md show, a module, a live guest, and symbols that
 * come later or are wrong.
 */
import { copyFileSync, existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, inject, test, vi } from "vitest";
import { packageRoot } from "../../src/host/paths.js";
import { inBytes, resultOf } from "../../src/protocol/buffers.js";
import { syscall, writeFile } from "../../src/protocol/steps.js";
import type { RunRecord } from "../../src/run/record.js";
import { kernlane } from "../cli-process.js";
import { runGuest, scratchFolder } from "./guest-run.js";
import { bootTwin } from "./live-guest.js";

const vmlinuxOf = (kernel: string): string => join(dirname(kernel), "vmlinux");

interface Transcript {
  readonly of: string;
  readonly lines: readonly string[];
}

function transcriptsIn(...path: string[]): readonly Transcript[] {
  const page = readFileSync(join(packageRoot(), ...path), "utf8");
  const found = page.matchAll(/<!-- transcript: (.+?) -->\s+```text\n([^]*?)```/g);
  return [...found].map(([, of, text]) => ({ of: of!, lines: text!.trimEnd().split("\n") }));
}

/** Without what differs from run to run, from compiler to compiler and from kernel to kernel of one series. */
function masked(line: string): string {
  return line
    .replace(/\[ *\d+\.\d{6}\]/, "[time]")
    .replace(/\+0x[0-9a-f]+\/0x[0-9a-f]+/g, "+offset")
    .replace(/(?<!faults)\.([ch]):\d+/g, ".$1:line")
    .replace(/\b6\.\d+\.\d+-/g, "release-")
    .replace(/\bpid \d+|on CPU \d|\b\d+\.\d s\b|\b[0-9a-f]{12}\b/g, "#")
    .replace(/ {2,}/g, "  ")
    .trimEnd();
}

/** The lines are there in this order; what the document leaves out is `…`. */
function expectShown(output: string, { of, lines }: Transcript): void {
  const shown = output.split("\n").map(masked);
  let from = 0;
  for (const line of lines.filter((one) => one !== "…").map(masked)) {
    const at = shown.indexOf(line, from);
    expect(at, `${of}: ${line}\nin:\n${shown.slice(from).join("\n")}`).toBeGreaterThanOrEqual(0);
    from = at + 1;
  }
}

test("the death that README.md and docs/crashes.md show", async () => {
  const cwd = scratchFolder();
  const page = readFileSync(join(packageRoot(), "docs", "crashes.md"), "utf8");
  const [, config] = /<!-- example: kernlane\.config\.ts -->\s+```ts\n([^]*?)```/.exec(page) ?? [];
  writeFileSync(join(cwd, "kernlane.config.ts"), config!);
  symlinkSync(join(packageRoot(), "kernel"), join(cwd, "kernel"));
  vi.stubEnv("KERNEL", inject("twinKernel"));
  const run = await kernlane(["run", "oops", "--accel", "tcg", "--out", "out"], cwd);
  const list = await kernlane(["crashes", "list"], cwd);
  const judged = await kernlane(["judge", "out", "--json"], cwd);
  const module = join(dirname(inject("twinKernel")), "twq_module.ko");
  const byModule = await kernlane(["judge", "out", "--symbols", module], cwd);
  vi.unstubAllEnvs();
  expect(run.status).toBe(1);
  const outputs: Readonly<Record<string, string>> = {
    "console.log": readFileSync(join(cwd, "out", "TWQDEBUG", "console.log"), "utf8"),
    "kernlane run oops": run.stdout,
    "kernlane crashes list": list.stdout,
  };
  const transcripts = [...transcriptsIn("README.md"), ...transcriptsIn("docs", "crashes.md")];
  expect(transcripts).toHaveLength(4);
  for (const one of transcripts) expectShown(outputs[one.of]!, one);

  const schema = readFileSync(join(packageRoot(), "docs", "record.schema.json"), "utf8");
  const ajv = new Ajv2020({ allErrors: true, validateFormats: false });
  const isRecord = ajv.compile(JSON.parse(schema) as object);
  const record = JSON.parse(readFileSync(join(cwd, "out", "record.json"), "utf8")) as RunRecord;
  const again = JSON.parse(judged.stdout) as RunRecord;
  for (const one of [record, again])
    expect(isRecord(one), ajv.errorsText(isRecord.errors)).toBe(true);
  // Symbols that are not of this kernel take away nothing that the run has found.
  expect(byModule.stdout).toMatch(/write_nowhere kernel\/\S*twq\/faults\.c:\d/);
  // Judged again, it shows what the run has found, and counts nothing.
  expect(again.columns[0]).toMatchObject({ findings: record.columns[0]!.findings, crashes: [] });
});

test("a module's frame, and one that is inlined in it", async () => {
  const module = join(dirname(inject("twinKernel")), "twq_module.ko");
  const path = inBytes(Buffer.from("/twq_module.ko\0"));
  const column = await runGuest({
    lane: { kernels: { TWQDEBUG: inject("twinKernel") }, files: { "/twq_module.ko": module } },
    steps: [
      syscall({ name: "open", nr: 2, args: [path, 0, 0] }),
      syscall({
        name: "finit_module",
        nr: 313,
        args: [resultOf("open"), inBytes(Buffer.from("\0")), 0],
        expect: "ok",
      }),
      writeFile("/proc/twq_module_fault", "oops", { name: "oops" }),
    ],
  });
  expect(column).toMatchObject({ verdict: "panicked", notices: [] });
  const source = readFileSync(join(packageRoot(), "kernel/linux/twq/twq_module.c"), "utf8");
  const line = source.split("\n").findIndex((text) => text.includes("*nowhere = 1;")) + 1;
  expect(column.evidence.join("\n")).toMatch(
    new RegExp(
      `RIP: 0010:module_oops\\+\\S+ \\[twq_module\\S*.*\\]  write_nowhere kernel/twq/twq_module\\.c:${line} \\(inlined by module_oops `,
    ),
  );
});

test("a call of a live guest that died says the line", async () => {
  await using guest = await bootTwin();
  const call = guest.writeFile("/proc/twq_fault", "oops");
  await expect(call).rejects.toThrow(
    /kernel NULL pointer dereference in fault_oops \((?:new|seen \d+ times since [\d-]+)\)\n[^]*write_nowhere kernel\/twq\/faults\.c:\d+ \(inlined by fault_oops/,
  );
});

test("symbols that come later are found by judge, and wrong ones are refused", async () => {
  const cwd = scratchFolder();
  copyFileSync(inject("twinKernel"), join(cwd, "bzImage"));
  writeFileSync(
    join(cwd, "kernlane.config.ts"),
    `import { defineConfig, defineLane, steps } from "kernlane";
     const probe = [steps.writeFile("/proc/twq_fault", "oops", { name: "oops" })];
     export default defineConfig({ lanes: { oops: defineLane({ guest: "linux", probe }) } });`,
  );
  const args = ["run", "oops", "--accel", "tcg", "--kernel", "TWQDEBUG=bzImage"];
  const other = vmlinuxOf(inject("statefulKernel"));
  const refused = await kernlane([...args, "--symbols", other, "--out", "wrong"], cwd);
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain("error[symbols-of-another-build]");
  expect(existsSync(join(cwd, "wrong"))).toBe(false);

  const run = await kernlane([...args, "--out", "out"], cwd);
  expect(run.stdout).toMatch(/RIP: 0010:fault_oops\+\S+$/m);
  const symbols = vmlinuxOf(inject("twinKernel"));
  const judged = await kernlane(["judge", "out", "--symbols", symbols], cwd);
  expect(judged.stdout).toMatch(/fault_oops\+\S+  write_nowhere kernel\/twq\/faults\.c:\d+ /);
  expect((await kernlane(["judge", "out", "--symbols", other], cwd)).stderr).toContain(
    "is of another build",
  );
  writeFileSync(join(cwd, "vmlinux"), readFileSync(symbols).subarray(0, 100_000));
  const damaged = await kernlane(["judge", "out", "--symbols", "vmlinux"], cwd);
  expect([damaged.status, damaged.stdout]).toEqual([2, ""]);
  expect(damaged.stderr).toMatch(/^error\[(?:elf-|symbols-)/);
});
