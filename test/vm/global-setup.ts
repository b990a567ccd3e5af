/**
 * The kernels of the VM tests: the distribution's, and the twins of `kernel/linux/`, built once into the cache.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { findStockLinux } from "../../src/guests/linux/stock.js";
import { packageRoot } from "../../src/host/paths.js";

/** bzImages. */
interface Twins {
  /** The scaffold: known operations are ENOTSUP. */
  readonly twinKernel: string;
  /** With state by process and thread behind its configuration option. */
  readonly statefulKernel: string;
  /** The same with a mistake: a thread's record is not dropped. */
  readonly teardownKernel: string;
  /** The same with another mistake: a count that is off by one. */
  readonly offByOneKernel: string;
  /** The scaffold with lockdep, and with kdb on the console that `kgdboc=` names. */
  readonly locksKernel: string;
}

declare module "vitest" {
  interface ProvidedContext extends Twins {
    readonly stockKernel: string;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  project.provide("stockKernel", (await findStockLinux(true)).path);
  const twins = await buildTwins();
  for (const name of Object.keys(twins) as (keyof Twins)[]) project.provide(name, twins[name]);
}

const folder = join(packageRoot(), "kernel", "linux");

/** All in one call, which compiles the most of them once. Its progress is shown: the first time it takes minutes. */
export async function buildTwins(): Promise<Twins> {
  const config = (name: string) => ["--config", join(folder, name)];
  const paths = await build([
    ...["--name", "TWQDEBUG"],
    ...["--name", "TWQSTATE", ...config("state.config")],
    ...["--name", "TWQTEARDOWN", ...config("state.config"), ...config("break-teardown.config")],
    ...["--name", "TWQOFFBYONE", ...config("state.config"), ...config("break-off-by-one.config")],
    // Last: lockdep changes every lock, so nothing of the others' objects is of use to it.
    ...["--name", "TWQLOCKS", ...config("locks.config"), ...config("kdb.config")],
  ]);
  const [twinKernel, statefulKernel, teardownKernel, offByOneKernel, locksKernel] = paths;
  return {
    twinKernel: twinKernel!,
    statefulKernel: statefulKernel!,
    teardownKernel: teardownKernel!,
    offByOneKernel: offByOneKernel!,
    locksKernel: locksKernel!,
  };
}

function build(args: readonly string[]): Promise<readonly string[]> {
  const script = join(folder, "build.sh");
  return new Promise((resolve, reject) => {
    const child = spawn(script, args, { stdio: ["ignore", "pipe", "inherit"] });
    let paths = "";
    child.stdout.on("data", (chunk: Buffer) => (paths += chunk.toString("utf8")));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(paths.trim().split("\n"));
      else reject(new Error(`${script} ended with status ${code ?? "none"}`));
    });
  });
}
