/**
 * `kernlane console`, over pipes and on a terminal of script(1).
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { cli, kernlane, start, until, type Started } from "../cli-process.js";
import { scratchFolder } from "./guest-run.js";

/** A guest that is there for a while, so that somebody can come and go. */
async function runForAWhile(): Promise<{ readonly cwd: string; readonly run: Started }> {
  const cwd = scratchFolder();
  writeFileSync(
    join(cwd, "kernlane.config.ts"),
    `import { sleep } from "kernlane";
export default { lanes: { slow: { guest: "linux", kernels: { stock: ${JSON.stringify(inject("stockKernel"))} },
  probe: [sleep(9000, { expect: "ok" })] } } };`,
  );
  const run = start(["run", "--out", "out"], cwd);
  await run.said(" kernel\n");
  return { cwd, run };
}

interface Terminal {
  readonly printed: () => string;
  readonly type: (keys: string) => void;
  readonly saw: (words: string) => Promise<void>;
  readonly status: Promise<number | null>;
}

/** The command on a pseudo-terminal. */
function onTerminal(args: readonly string[], cwd: string): Terminal {
  const command = [process.execPath, cli, ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qfec", command, "/dev/null"], {
    cwd,
    env: { ...process.env, TERM: "xterm", TMPDIR: cwd },
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  return {
    printed: () => printed,
    type: (keys) => void child.stdin.write(keys),
    saw: (words) => until(() => printed.includes(words)),
    status: new Promise((resolve) => child.on("close", resolve)),
  };
}

test("a run's console is watched by several and typed at by one, from its beginning to its end", async () => {
  const { cwd, run } = await runForAWhile();
  const writer = start(["console", "out"], cwd);
  await writer.said("Run /init");
  const second = await kernlane(["console", "out"], cwd);
  expect(second.status).toBe(2);
  expect(second.stderr).toContain("error[console-two-writers]");
  const watcher = start(["console", "out/stock", "--read-only"], cwd);
  await watcher.said("Run /init");
  watcher.child.stdin.write("nobody hears this\r");
  writer.child.stdin.write("typed by hand\r");
  await watcher.said("typed by hand");
  const [wrote, watched, { status }] = await Promise.all([
    writer.finished,
    watcher.finished,
    run.finished,
  ]);
  expect([wrote.status, watched.status, status]).toEqual([0, 0, 0]);
  const log = readFileSync(join(cwd, "out", "stock", "console.log"), "latin1");
  expect(watched.stdout).toBe(log);
  expect(wrote.stdout).toBe(log);
  expect(log).toMatch(/^[^]*Linux version[^]*typed by hand[^]*Power down/);
  expect(log).not.toContain("nobody hears this");
  expect(wrote.stderr).toContain("the guest has ended");
  expect(existsSync(join(cwd, "out", "stock", "console.json"))).toBe(false);

  const later = await kernlane(["console", "out"], cwd);
  expect(later).toMatchObject({ status: 0, stdout: log });
  expect(later.stderr).toContain("the run is over: stock passed, 1 as expected");
});

test("on a terminal there is a title, and the escape key leaves while the run goes on", async () => {
  const { cwd, run } = await runForAWhile();
  const terminal = onTerminal(["console", "out"], cwd);
  await terminal.saw("Run /init");
  expect(terminal.printed()).toContain("\x1b[22;2t\x1b]2;stock — kernlane console\x07");
  terminal.type("from a terminal\r");
  await terminal.saw("from a terminal");
  terminal.type("\x1d");
  expect(await terminal.status).toBe(0);
  expect(terminal.printed()).toMatch(/\x1b\[23;2t\r?\nleft; the run goes on\r?\n$/);
  expect((await run.finished).status).toBe(0);
});

test("a lane's kernel is booted for the terminal, and ends with it", async () => {
  const cwd = scratchFolder();
  const kernel = `stock=${inject("stockKernel")}`;
  const terminal = onTerminal(["console", "linux", "--kernel", kernel], cwd);
  await terminal.saw("Linux version");
  terminal.type("\x1d");
  expect(await terminal.status).toBe(0);
  expect(terminal.printed()).toContain("left; the guest was ended");
  expect(readdirSync(cwd)).toEqual([]);
});

test("a lane's guest that powers off by itself ends the console", async () => {
  const kernel = `stock=${inject("stockKernel")}`;
  const { status, stdout, stderr } = await kernlane(["console", "linux", "--kernel", kernel]);
  expect(status).toBe(0);
  expect(stdout).toContain("Power down");
  expect(stderr).toContain("machine powered-off");
});

test("refuses a folder that is no run", async () => {
  const cwd = scratchFolder();
  const { status, stderr } = await kernlane(["console", cwd]);
  expect(status).toBe(2);
  expect(stderr).toContain("error[console-of-nothing]");
});
