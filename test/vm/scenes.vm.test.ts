/**
 * What is kept of a kernel that died: its memory, opened with crash(8) and drgn, and the machine, brought back for the real gdb.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { runCommand } from "../../src/host/command.js";
import { sweepLedger } from "../../src/host/ledger.js";
import { packageRoot } from "../../src/host/paths.js";
import { steps } from "../../src/index.js";
import { formatRun } from "../../src/report/terminal.js";
import { styleFor } from "../../src/report/style.js";
import { runGuests, scratchFolder, twin } from "./guest-run.js";
import type { RunRecord } from "../../src/run/record.js";
import { kernlane, start, until, type Started } from "../cli-process.js";
import { tempFolder } from "../temp-folder.js";
import { findProcess } from "./processes.js";

const DEADLINE_MS = 120_000;

const fault = (word: string) => steps.writeFile("/proc/twq_fault", word, { name: "the fault" });
const lane = { ...twin(), machine: { memory: "256M", cpus: 2 } };

/** Of the line of the twin's own source that panics. */
function panickingLine(): string {
  const source = readFileSync(join(packageRoot(), "kernel/linux/twq/faults.c"), "utf8");
  const index = source
    .split("\n")
    .findIndex((line) => line.includes('panic("twq_fault: asked for")'));
  return `kernel/twq/faults.c:${index + 1}`;
}

/** Runs a line as it was printed for a person, with something put behind the program's name. */
async function typed(line: string, more = ""): Promise<string> {
  const command = line.trim().replace(/^\S+/, (program) => `${program} ${more}`);
  const { stdout } = await runCommand({ argv: ["/bin/sh", "-c", command] }, DEADLINE_MS);
  return stdout;
}

function lineOf(text: string, program: string): string {
  const found = text.split("\n").find((line) => line.trim().startsWith(`${program} `));
  if (found === undefined) throw new Error(`no line of ${program} in: ${text}`);
  return found;
}

const autopsyFolders = (): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith("kernlane-autopsy-"));

describe("a kernel that panicked, its memory and its machine kept", () => {
  let run: RunRecord;
  let printed = "";
  let folder = "";

  beforeAll(async () => {
    const out = join(tempFolder("scenes"), "run");
    const asked = { ...lane, dump: true, freeze: true };
    run = await runGuests({ steps: [fault("panic")], lane: asked, options: { out } });
    printed = formatRun(run, styleFor(false), "/");
    folder = run.columns[0]!.folder;
  });

  test("is in the record and the report, with its sizes", () => {
    const { verdict, scenes } = run.columns[0]!;
    expect(verdict).toBe("panicked");
    const vmlinux = join(dirname(inject("twinKernel")), "vmlinux");
    expect(scenes).toMatchObject([
      { kind: "dump", file: "vmcore", complete: true, hasVmcoreinfo: true, symbols: vmlinux },
      { kind: "freeze", folder: "frozen" },
    ]);
    expect(scenes[0]!.bytes).toBe(statSync(join(folder, "vmcore")).size);
    expect(scenes[1]!.bytes).toBeLessThan(100 * 1024 ** 2);
    expect(printed).toMatch(/^frozen +\S+\/TWQDEBUG\/frozen \([\d.]+ MiB on disk\)$/m);
    expect(readdirSync(folder).sort()).toEqual([
      ...["console.log", "events.jsonl", "frozen", "record.json", "vmcore"],
    ]);
  });

  test("crash(8) finds the panicking task and its stack in the dump", async () => {
    const commands = join(scratchFolder(), "commands");
    writeFileSync(commands, "set\nbt -l\nquit\n");
    const said = await typed(lineOf(printed, "crash"), `-s -i ${commands}`);
    expect(said).toContain('COMMAND: "init"');
    expect(said).toContain("STATE: TASK_RUNNING (PANIC)");
    expect(said).toMatch(/#0 \[\w+\] panic at [^#]*#1 \[\w+\] obey at [^#]*kernel\/twq\/faults\.c/);
    expect(said).toMatch(/ write_fault at /);
  });

  test("drgn reads the same stack out of it, to the line", async () => {
    const script = join(scratchFolder(), "stack.py");
    writeFileSync(script, "print(prog.crashed_thread().stack_trace())\n");
    const said = await typed(`${lineOf(printed, "drgn")} ${script}`);
    expect(said).toContain(`fault_panic (${panickingLine()}:`);
  });

  test("gdb shows the line that panicked, in two autopsies at once, and what is kept stays as it was", async () => {
    const frozen = join(folder, "frozen");
    const stateOf = (): unknown =>
      readdirSync(frozen).map((name) => {
        const { size, mtimeMs } = statSync(join(frozen, name));
        return { name, size, mtimeMs };
      });
    const before = stateOf();
    const autopsies = [autopsy(folder), autopsy(dirname(folder), "TWQDEBUG")];
    for (const { said } of autopsies) await said("Ctrl-C ends it");
    for (const { printed: told } of autopsies) {
      expect(told()).toContain("panicked, kernel panic: twq_fault: asked for; frozen at 2");
      const stack = await typed(lineOf(told(), "gdb"), "-batch");
      expect(stack).toContain(`fault_panic () at ${panickingLine()}`);
      expect(stack).toMatch(/^#\d+ .* in write_fault \(/m);
    }
    for (const { child, finished } of autopsies) {
      child.kill("SIGINT");
      expect((await finished).status).toBe(0);
    }
    expect(stateOf()).toEqual(before);
    expect(autopsyFolders()).toEqual([]);
    expect(findProcess(`${run.columns[0]!.folder}/frozen/memory`)).toBeUndefined();
  });

  test("an autopsy that was killed leaves no machine, and its folder goes with the next", async () => {
    const { child, said } = autopsy(folder);
    await said("Ctrl-C ends it");
    child.kill("SIGKILL");
    await until(() => findProcess(`${folder}/frozen/memory`) === undefined);
    await sweepLedger();
    expect(autopsyFolders()).toEqual([]);
  });
});

describe("kernels that say nothing as they die", () => {
  test("one that resets the machine is kept as it stood, one that passes is not", async () => {
    const { columns } = await runGuests({
      steps: [fault("triple-fault")],
      lane: { ...lane, freeze: true },
    });
    expect(columns[0]).toMatchObject({ verdict: "rebooted", scenes: [{ kind: "freeze" }] });
    expect(columns[0]!.scenes[0]).not.toHaveProperty("problem");
    const passed = await runGuests({
      steps: [steps.marker("all is well")],
      lane: { ...lane, freeze: true, dump: true },
    });
    expect(passed.columns[0]).toMatchObject({ scenes: [], title: expect.any(String) as string });
    const { status, stderr } = await kernlane(["autopsy", passed.columns[0]!.folder]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error\[scene-missing\]: .* has no frozen guest: TWQDEBUG \(/m);
    expect(stderr).toMatch(/^hint: run it again with --freeze/m);
  });

  test("one that hangs with its interrupts off is kept, and gdb shows where its processors are", async () => {
    const { columns } = await runGuests({
      steps: [fault("hang-all")],
      lane: { ...lane, freeze: true, timeouts: { probe: "3s" } },
    });
    const [{ verdict, folder }] = columns as [(typeof columns)[0]];
    expect(verdict).toBe("hung");
    const { said, printed: told, child, finished } = autopsy(folder);
    await said("Ctrl-C ends it");
    expect(await typed(lineOf(told(), "gdb"), "-batch")).toMatch(
      /^Thread 1 .*\n#0 .* at arch\/x86\/\S+\.[ch]:\d+$/m,
    );
    child.kill("SIGTERM");
    await finished;
  });
});

const config = `
import { defineConfig, steps } from "kernlane";
const die = steps.writeFile("/proc/twq_fault", "panic");
export default defineConfig({
  lanes: { die: { guest: "linux", dump: true, freeze: true, machine: { memory: "1G" }, probe: [die] } },
});
`;

describe("in the middle of it", () => {
  async function begin(): Promise<Started & { readonly folder: string }> {
    const cwd = scratchFolder();
    writeFileSync(join(cwd, "kernlane.config.mjs"), config);
    const kernel = `TWQDEBUG=${inject("twinKernel")}`;
    const started = start(["run", "--kernel", kernel, "--out", "out"], cwd);
    await started.said("writing its memory");
    return { ...started, folder: join(cwd, "out", "TWQDEBUG") };
  }

  const keptIn = (folder: string): readonly string[] =>
    readdirSync(folder).filter((name) => /^(vmcore|frozen)/.test(name));

  test("Ctrl-C leaves no process, and nothing that is called a dump or a frozen guest", async () => {
    const { child, finished, folder } = await begin();
    child.kill("SIGINT");
    expect((await finished).status).toBe(130);
    expect(keptIn(folder)).toEqual([]);
    expect(findProcess(`${folder}/`)).toBeUndefined();
  });

  test("SIGKILL does neither, and what was written goes with the next command that sweeps", async () => {
    const { child, folder } = await begin();
    child.kill("SIGKILL");
    await until(() => findProcess(`${folder}/`) === undefined);
    expect(keptIn(folder)).not.toContain("vmcore");
    await sweepLedger();
    expect(keptIn(folder)).toEqual([]);
    expect((await kernlane(["autopsy", folder])).stderr).toContain("error[scene-missing]");
  });
});

function autopsy(...args: readonly string[]): Started & { readonly printed: () => string } {
  const started = start(["autopsy", ...args], scratchFolder());
  let text = "";
  started.child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  return { ...started, printed: () => text };
}
