/**
 * bhyve's or its loader's process, with standard input and output on a serial line.
 */
import { runCommand } from "../../host/command.js";
import { startProcess, type ProcessExit } from "../../host/process.js";
import type { SerialLine } from "../serial-line.js";

export interface BhyveProcess {
  readonly pid: number;
  /** Settles when the process is gone and all that it wrote is on the line. Never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** What it has said on its standard error. */
  words(): string;
  /** Settles once the signal is sent; nothing happens if the process is gone. */
  kill(signal: "TERM" | "KILL"): Promise<void>;
}

/** bhyve makes its standard input and output non-blocking and waits for bytes on them: one socket does for both. */
const ON_ONE_SOCKET = 'exec "$@" <&3 >&3 3<&-';

const KEPT_WORDS = 16_384;
const KILL_DEADLINE_MS = 10_000;

/**
 * @param asRoot the words that become root, if the process needs them: its signals need them too
 * @throws LaneError (host) when no process can be started
 */
export async function startBhyveProcess(
  argv: readonly string[],
  asRoot: readonly string[],
  line: SerialLine,
): Promise<BhyveProcess> {
  const child = await startProcess({
    argv: ["/bin/sh", "-c", ON_ONE_SOCKET, "sh", ...argv],
    sockets: 1,
    guarded: true,
  });
  let words = "";
  let isGone = false;
  child.stdout.resume();
  child.stderr.on("data", (chunk: Buffer) => {
    if (words.length < KEPT_WORDS) words += chunk.toString("utf8");
  });
  const drained = line.attach(child.sockets[0]!);
  const exited = child.exited.then(async (exit) => {
    isGone = true;
    await drained;
    return exit;
  });
  return {
    pid: child.pid,
    exited,
    words: () => words,
    kill: async (signal) => {
      if (isGone) return;
      if (asRoot.length === 0) child.kill(`SIG${signal}`);
      else await killAsRoot(asRoot, child.pid, signal);
    },
  };
}

/** The process belongs to root, and so does the program that made it so: the whole group is signalled. */
async function killAsRoot(
  asRoot: readonly string[],
  pid: number,
  signal: "TERM" | "KILL",
): Promise<void> {
  const argv = [...asRoot, "kill", "-s", signal, "--", `-${pid}`];
  // Where the rules do not allow it, the machine ends when it is destroyed.
  await runCommand({ argv }, KILL_DEADLINE_MS).catch(() => undefined);
}
