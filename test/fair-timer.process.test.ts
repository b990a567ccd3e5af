/**
 * A real process that is stopped past its deadline while what it waits for arrives.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, onTestFinished, test } from "vitest";
import { packageRoot } from "../src/host/paths.js";

/** The module as plain JavaScript: it imports nothing. */
const { outputText: fairTimer } = ts.transpileModule(
  readFileSync(join(packageRoot(), "src/host/fair-timer.ts"), "utf8"),
  { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } },
);

/** Waits for a line and says which came first: the line or the deadline. */
const child = `
  ${fairTimer}
  const say = (word) => { console.log(word); process.exit(); };
  startFairTimer(1500, () => say("expired"));
  process.stdin.once("data", () => say("answered"));
  console.log("waits");
`;

test("an answer that came while the process was stopped past its deadline is read", async () => {
  const waiter = spawn(process.execPath, ["--input-type=module", "--eval", child], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void waiter.kill("SIGKILL"));
  await once(waiter.stdout, "data");
  waiter.kill("SIGSTOP");
  waiter.stdin.write("an answer\n");
  // The deadline goes by meanwhile.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  waiter.kill("SIGCONT");
  const [said] = (await once(waiter.stdout, "data")) as [Buffer];
  expect(said.toString()).toBe("answered\n");
});
