/**
 * Notices that whoever started this process is gone: a killed `npx`, the shell of a script, the main process of a test runner.
 *
 * Watched are the ancestors in this process's own group, which is one job: a script's shell and what it starts share it, while an
 * interactive shell gives each command a group of its own. So a command outlives the shell that it was typed into, which tells it
 * by a signal when it shall end, and one that was started with setsid(1) outlives everything.
 */
import { readFileSync } from "node:fs";

const LOOK_MS = 500;

/**
 * @param gone called once
 * @example using watch = watchParents(() => controller.abort());
 */
export function watchParents(gone: () => void): Disposable {
  const watched = ancestors();
  const timer = setInterval(() => {
    if (watched.every(({ pid, startedAt }) => statOf(pid)?.startedAt === startedAt)) return;
    clearInterval(timer);
    gone();
  }, LOOK_MS);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly startedAt: string;
}

function ancestors(): readonly ProcessStat[] {
  const found: ProcessStat[] = [];
  const self = statOf(process.pid);
  let next = statOf(process.ppid);
  while (next && next.pid > 1 && next.group === self?.group) {
    found.push(next);
    next = statOf(next.parent);
  }
  return found;
}

/** Without /proc the parent alone is known, as long as it is the parent. */
function statOf(pid: number): ProcessStat | undefined {
  if (process.platform !== "linux") {
    return pid === process.pid || pid === process.ppid
      ? { pid, parent: 0, group: 0, startedAt: "" }
      : undefined;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // State, parent, group; field 22 is the start (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z") return undefined;
    return { pid, parent: Number(fields[1]), group: Number(fields[2]), startedAt: fields[19]! };
  } catch {
    return undefined;
  }
}
