/**
 * The kernels of the VM tests: the distribution's, and the twin of `kernel/linux/`, built once into the cache.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { findStockLinux } from "../../src/guests/linux-stock.js";
import { packageRoot } from "../../src/host/paths.js";

declare module "vitest" {
  interface ProvidedContext {
    readonly stockKernel: string;
    readonly twinKernel: string;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  project.provide("stockKernel", (await findStockLinux(true)).path);
  project.provide("twinKernel", await buildTwin());
}

/** Its progress is shown: the first time it takes minutes. */
function buildTwin(): Promise<string> {
  const script = join(packageRoot(), "kernel", "linux", "build.sh");
  return new Promise((resolve, reject) => {
    const child = spawn(script, { stdio: ["ignore", "pipe", "inherit"] });
    let path = "";
    child.stdout.on("data", (chunk: Buffer) => (path += chunk.toString("utf8")));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(path.trim());
      else reject(new Error(`${script} ended with status ${code ?? "none"}`));
    });
  });
}
