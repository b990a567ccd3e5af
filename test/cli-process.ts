/**
 * The command line as a process of its own.
 */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { packageRoot } from "../src/host/paths.js";
import { tempFolder } from "./temp-folder.js";

export const cli = join(packageRoot(), "bin", "kernlane.js");

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly finished: Promise<Finished>;
  /** Waits until it has printed something, on either stream, so often. */
  readonly said: (words: string, times?: number) => Promise<void>;
}

/** A process that a failed test leaves behind is killed. */
export function start(args: readonly string[], cwd: string): Started {
  const child = spawn(process.execPath, [cli, ...args], { cwd, stdio: ["pipe", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let printed = "";
  const heard = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      printed += chunk.toString("utf8");
      for (const look of heard) look();
    });
  }
  const status = new Promise<number | null>((resolve) => child.on("close", resolve));
  const finished = Promise.all([status, text(child.stdout), text(child.stderr)]).then(
    ([code, stdout, stderr]) => ({ status: code, stdout, stderr }),
  );
  const said = (words: string, times = 1): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (printed.split(words).length <= times) return;
        heard.delete(look);
        resolve();
      };
      heard.add(look);
      look();
    });
  return { child, finished, said };
}

export function kernlane(args: readonly string[], cwd = tempFolder("cli")): Promise<Finished> {
  const { child, finished } = start(args, cwd);
  child.stdin.end();
  return finished;
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}
