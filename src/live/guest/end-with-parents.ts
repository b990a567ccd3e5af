import { watchParents } from "../../host/parent-watch.js";
import { killAllProcesses } from "../../host/process.js";

let watch: Disposable | undefined;

/**
 * From here on this process and its guests end when one of those who started it in its job is gone: the main process of a test
 * runner, `npx`, the shell of a script. All hear what a terminal says when it hangs up, also the test runner in between, which
 * would start other workers with other guests.
 */
export function endWithParents(): void {
  const parent = process.ppid;
  watch ??= watchParents(() => {
    killAllProcesses();
    const isRunnerThere = process.env["VITEST"] !== undefined && process.ppid === parent;
    for (const pid of isRunnerThere ? [parent, process.pid] : [process.pid]) hangUp(pid);
  });
}

function hangUp(pid: number): void {
  try {
    process.kill(pid, "SIGHUP");
  } catch {
    // It has just ended.
  }
}
