/**
 * A command run to its end for what it prints: `qemu --version`, `apt-get download`, `xz -dc`.
 */
import { LaneError } from "../base/errors.js";
import { startFairTimer } from "./fair-timer.js";
import { startProcess, type ProcessExit, type ProcessSpec } from "./process.js";

export interface CommandResult extends ProcessExit {
  readonly stdout: string;
  readonly stderr: string;
}

/** As much of either stream as is kept, in bytes: what is printed after that is read and dropped. */
const KEPT_BYTES = 1024 * 1024;

/**
 * Runs a command and gives its result, whatever its exit status. At the deadline, and when `signal` is aborted, its whole group
 * is killed.
 *
 * @throws LaneError `program-missing` (host), `command-timeout` (host) after `deadlineMs`; the signal's reason
 * @example (await runCommand({ argv: ["uname", "-r"] }, 5_000)).stdout
 */
export async function runCommand(
  spec: ProcessSpec,
  deadlineMs: number,
  signal?: AbortSignal,
): Promise<CommandResult> {
  signal?.throwIfAborted();
  await using child = await startProcess(spec);
  signal?.throwIfAborted();
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const ended = new AbortController();
  const late = new Promise<"late">((resolve) => {
    const timer = startFairTimer(deadlineMs, () => resolve("late"));
    ended.signal.addEventListener("abort", timer.stop);
  });
  const stopped = new Promise<"stopped">((resolve) => {
    signal?.addEventListener("abort", () => resolve("stopped"), { signal: ended.signal });
  });
  const exit = await Promise.race([child.exited, late, stopped]);
  ended.abort();
  signal?.throwIfAborted();
  if (typeof exit === "string") {
    throw new LaneError(
      "command-timeout",
      `${spec.argv.join(" ")} did not end within ${deadlineMs} ms; it said: ${stderr() || "nothing"}`,
      { facts: { deadlineMs } },
    );
  }
  return { ...exit, stdout: stdout(), stderr: stderr() };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    if (bytes < KEPT_BYTES) chunks.push(chunk);
    bytes += chunk.length;
  });
  return () => Buffer.concat(chunks).toString("utf8");
}
