/**
 * A Vitest of its own, on tests that are to pass, to fail and to be skipped.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { inject } from "vitest";
import { packageRoot } from "../../src/host/paths.js";
import { scratchFolder } from "./guest-run.js";

export interface ChildTest {
  readonly title: string;
  readonly status: string;
  readonly message: string;
}

export interface ChildRun {
  readonly code: number;
  /** What a person would have seen. */
  readonly output: string;
  readonly tests: readonly ChildTest[];
  /** How many guests were booted. */
  readonly boots: number;
  readonly folder: string;
}

export interface ChildOptions {
  /** Which files, by part of their names. */
  readonly files: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The folder of the tests. Default: that of this repository's. */
  readonly root?: string;
  /** The working folder, in which the config is and runs are kept. Default: one that goes with the test. */
  readonly cwd?: string;
}

export const guestTests = join(packageRoot(), "test", "vm", "guest-tests");

/** A lane with the twin kernel as TWQDEBUG. */
export function writeTwinConfig(
  folder: string,
  { lane: name = "twin", cpus = 1 }: { readonly lane?: string; readonly cpus?: number } = {},
): void {
  const kernels = { TWQDEBUG: inject("twinKernel") };
  const lane = { guest: "linux", kernels, machine: { memory: "256M", cpus } };
  const text = `import { syscall } from "kernlane";
const lane = ${JSON.stringify(lane)};
export default { lanes: { ${name}: { ...lane, probe: [syscall({ nr: 39 })] } } };
`;
  writeFileSync(join(folder, "kernlane.config.ts"), text);
}

export async function runVitest(options: ChildOptions): Promise<ChildRun> {
  const { files, args = [], env = {}, root = guestTests, cwd = scratchFolder() } = options;
  if (!existsSync(join(cwd, "kernlane.config.ts"))) writeTwinConfig(cwd);
  const report = join(cwd, "report.json");
  const argv = [
    join(packageRoot(), "node_modules", "vitest", "vitest.mjs"),
    ...["run", "--root", root, "--config", join(guestTests, "vitest.config.ts")],
    ...["--reporter=verbose", "--reporter=json", `--outputFile.json=${report}`],
    ...args,
    ...files,
  ];
  const { code, output } = await runNode(argv, cwd, { ...outerEnvironment(), ...env });
  const runs = join(cwd, ".kernlane", "runs");
  const boots = existsSync(runs) ? readdirSync(runs).length : 0;
  return { code, output, tests: readReport(report), boots, folder: cwd };
}

/** Without what tells a process that it is a worker of this Vitest. */
function outerEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|TEST$|NODE_ENV$|TWQ_)/.test(name),
  );
  return { ...(Object.fromEntries(kept) as Record<string, string>), NO_COLOR: "1" };
}

function runNode(
  argv: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, argv, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, output }));
  });
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

function readReport(path: string): readonly ChildTest[] {
  const { testResults } = JSON.parse(readFileSync(path, "utf8")) as Report;
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ title, status, failureMessages = [] }) => {
      return { title, status, message: failureMessages.join("\n") };
    }),
  );
}
