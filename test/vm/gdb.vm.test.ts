/**
 * `kernlane run --gdb`, with the least of a debugger: it lets the guest go on (GDB's remote protocol, packet `c`).
 */
import { connect } from "node:net";
import { expect, inject, onTestFinished, test } from "vitest";
import { start } from "../cli-process.js";
import { scratchFolder } from "./guest-run.js";

const CONTINUE = "$c#63";

function gdb(): { readonly args: readonly string[]; readonly cwd: string } {
  const kernel = `TWQDEBUG=${inject("twinKernel")}`;
  return { args: ["run", "linux", "--gdb", "--kernel", kernel], cwd: scratchFolder() };
}

test("the guest waits for the debugger, and then runs to its verdict", async () => {
  const { args, cwd } = gdb();
  const started = start(args, cwd);
  let printed = "";
  started.child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  await started.said("nokaslr is on");
  expect(printed).toMatch(/^ {2}gdb \S+\/vmlinux -ex 'target remote 127\.0\.0\.1:\d+'$/m);
  expect(printed).not.toMatch(/TWQDEBUG: .* kernel$/m);
  const [, port] = /target remote 127\.0\.0\.1:(\d+)/.exec(printed)!;
  const debugger_ = connect(Number(port), "127.0.0.1");
  onTestFinished(() => void debugger_.destroy());
  debugger_.on("error", () => undefined);
  debugger_.write(CONTINUE);
  const { status } = await started.finished;
  expect(printed).toMatch(/^twq_kernreturn\(INIT\) +ENOTSUP$/m);
  expect(status).toBe(0);
});

test("Ctrl-C ends a guest that nobody debugs", async () => {
  const { args, cwd } = gdb();
  const { child, finished, said } = start(args, cwd);
  await said("waiting for a debugger");
  child.kill("SIGINT");
  const { status, stdout } = await finished;
  expect(status).toBe(130);
  expect(stdout).toContain("interrupted in phase load");
});
