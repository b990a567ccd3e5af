/**
 * A file of 50 tests that ask a guest one thing each, in a Vitest of its own: from cold (no checkpoint yet), from a cached checkpoint, and
 * beside the bare parts: the same file with tests that ask nothing. kernlane is installed as its package is. Prints figures and never
 * fails for one.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../src/host/command.js";
import { packageRoot } from "../src/host/paths.js";
import { buildTwins } from "../test/vm/global-setup.js";
import { median } from "./figures/median.js";

const TESTS = 50;
const DEADLINE_MS = 300_000;

const folder = mkdtempSync(join(tmpdir(), "kernlane-bench-tests-"));
const lane = {
  guest: "linux",
  kernels: { TWQDEBUG: (await buildTwins()).twinKernel },
  machine: { memory: "256M" },
  probe: [],
};

/** Others are linked, kernlane is copied: what lies outside of `node_modules` Vitest would transform, each file by itself. */
function installPackages(): void {
  const installed = join(packageRoot(), "node_modules");
  const own = join(folder, "node_modules");
  mkdirSync(own);
  for (const name of readdirSync(installed)) symlinkSync(join(installed, name), join(own, name));
  for (const name of ["package.json", "dist"]) {
    cpSync(join(packageRoot(), name), join(own, "kernlane", name), { recursive: true });
  }
}

function writeProject(): void {
  installPackages();
  const test = { include: ["*.test.ts"], testTimeout: 20_000 };
  writeFileSync(join(folder, "vitest.config.mjs"), `export default ${JSON.stringify({ test })};`);
  for (const checkpoint of [false, true]) {
    writeFileSync(
      join(folder, checkpoint ? "warm.test.ts" : "cold.test.ts"),
      `import { expect, test } from "kernlane/vitest";
test.use({ lane: ${JSON.stringify(lane)}, kernel: "TWQDEBUG", accel: "tcg", checkpoint: ${checkpoint} });
for (let count = 0; count < ${TESTS}; count++) {
  test("asks " + count, async ({ guest }) => {
    expect(await guest.syscall(468, 1, 0, 0, 0, { fork: true })).toFailWith("ENOTSUP");
  });
}
`,
    );
  }
  writeFileSync(
    join(folder, "bare.test.ts"),
    `import { expect, test } from "vitest";
for (let count = 0; count < ${TESTS}; count++) test("asks " + count, () => expect(count).toBe(count));
`,
  );
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly duration?: number }[];
  }[];
}

async function measure(what: string, file: string): Promise<void> {
  const report = join(folder, "report.json");
  const vitest = join(packageRoot(), "node_modules", "vitest", "vitest.mjs");
  const words = ["run", "--root", folder, "--reporter=json", `--outputFile=${report}`, file];
  const startedMs = performance.now();
  const { code, stderr } = await runCommand(
    { argv: [process.execPath, vitest, ...words], cwd: folder },
    DEADLINE_MS,
  );
  const wholeMs = performance.now() - startedMs;
  const { testResults } = JSON.parse(readFileSync(report, "utf8")) as Report;
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const passed = tests.filter(({ status }) => status === "passed").length;
  if (code !== 0) console.log(stderr);
  const later = tests.slice(1).map(({ duration = 0 }) => duration);
  console.log(
    `${what.padEnd(44)}${wholeMs.toFixed(0)} ms, ${passed} passed; a test after the first ${median(later).toFixed(1)} ms`,
  );
}

try {
  writeProject();
  await measure("50 tests, a guest booted for them", "cold.test.ts");
  await measure("50 tests, a checkpoint made on the way", "warm.test.ts");
  await measure("50 tests, from the cached checkpoint", "warm.test.ts");
  await measure("50 tests that ask nothing", "bare.test.ts");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
