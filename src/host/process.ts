/**
 * Child processes: the only file of kernlane that starts one.
 *
 * Each child leads a process group of its own, so that Ctrl-C at the terminal reaches kernlane alone and a kill takes
 * the child's children along. A child is ended three times over: by `await using` in the code that holds it, by the
 * exit hook below, and, where `guarded` asks for it, by a watchdog: a small shell that waits for the end of a pipe whose
 * other end this process holds, and then kills the group. The kernel closes that pipe whatever becomes of kernlane,
 * `kill -9` included.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import type { Duplex, Readable, Writable } from "node:stream";
import { LaneError, systemCodeOf } from "../base/errors.js";
import { withSystemErrors } from "./disk-errors.js";
import { startFairTimer } from "./fair-timer.js";

export interface ProcessSpec {
  /** Program and arguments; never a shell string. */
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Whether it can be written to: without it the child's standard input is empty. */
  readonly input?: boolean;
  /** How many connected sockets the child finds at descriptors 3, 4, …; 0 if absent. */
  readonly sockets?: number;
  /** Open files that the child finds behind the sockets, in order; they stay the caller's to close. */
  readonly descriptors?: readonly number[];
  /** Whether a watchdog kills the child should this process be killed itself. */
  readonly guarded?: boolean;
}

export interface ProcessExit {
  /** The exit status, or `undefined` for a death by signal. */
  readonly code: number | undefined;
  readonly signal: string | undefined;
  /** Whether `kill` was called here before the end. */
  readonly killedByUs: boolean;
}

export interface RunningProcess extends AsyncDisposable {
  readonly pid: number;
  /** Only with `input`. What is written after the child's end is dropped. */
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly sockets: readonly Duplex[];
  /**
   * Settles when the child is gone and its output has been read to the end; after a kill that end is not waited for long, since
   * a grandchild that left the group may hold the pipe. Never rejects.
   */
  readonly exited: Promise<ProcessExit>;
  /** Sends a signal to the whole group; nothing happens if it is gone. */
  kill(signal: NodeJS.Signals): void;
}

/** What a killed child has written is in its pipes by then, and read. */
const LAST_WORDS_MS = 500;

const liveGroups = new Set<number>();
process.once("exit", killAllProcesses);

/** Kills every child of this process at once; for the exit hook and for the second Ctrl-C. */
export function killAllProcesses(): void {
  for (const pid of liveGroups) signalGroup(pid, "SIGKILL");
}

/**
 * @throws LaneError `program-missing` (host) when the program is missing or may not be executed; `working-folder-missing`,
 *   `system-refused` (host)
 * @example
 * await using qemu = await startProcess({ argv: ["qemu-system-x86_64", "--version"] });
 * const { code } = await qemu.exited;
 */
export async function startProcess(spec: ProcessSpec): Promise<RunningProcess> {
  const [program = "", ...args] = spec.argv;
  const sockets = Array.from({ length: spec.sockets ?? 0 }, () => "pipe" as const);
  const child = spawn(program, args, {
    cwd: spec.cwd,
    env: spec.env ?? process.env,
    detached: true,
    stdio: [
      spec.input ? "pipe" : "ignore",
      "pipe",
      "pipe",
      ...sockets,
      ...(spec.descriptors ?? []),
    ],
  });
  // Before anything is awaited: a death of kernlane right here must not leave the child behind.
  const watchdog = spec.guarded && child.pid !== undefined ? startWatchdog(child.pid) : undefined;
  const pid = await spawned(child, program, spec.cwd);
  liveGroups.add(pid);
  let killedByUs = false;
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once("exit", () => {
      if (killedByUs) stopReading(child);
    });
    child.once("close", (code, signal) => {
      liveGroups.delete(pid);
      watchdog?.kill("SIGKILL");
      resolve({ code: code ?? undefined, signal: signal ?? undefined, killedByUs });
    });
  });
  const kill = (signal: NodeJS.Signals): void => {
    killedByUs = true;
    signalGroup(pid, signal);
    if (child.exitCode !== null || child.signalCode !== null) stopReading(child);
  };
  // EPIPE: the end of the process says so already, and better.
  child.stdin?.on("error", () => undefined);
  return {
    pid,
    stdin: child.stdin ?? undefined,
    stdout: child.stdout!,
    stderr: child.stderr!,
    sockets: child.stdio
      .slice(3, 3 + sockets.length)
      .map((end) => withoutResetErrors(end as Duplex)),
    exited,
    kill,
    async [Symbol.asyncDispose]() {
      if (liveGroups.has(pid)) kill("SIGKILL");
      drain(child);
      await exited;
    },
  };
}

function spawned(child: ChildProcess, program: string, cwd: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("spawn", () => resolve(child.pid!));
    child.once("error", (error) => reject(notStarted(error, program, cwd)));
  });
}

function notStarted(error: Error, program: string, cwd: string | undefined): Error {
  const code = systemCodeOf(error);
  // spawn(2) has one code for both.
  if (code === "ENOENT" && cwd !== undefined && !existsSync(cwd)) {
    return new LaneError(
      "working-folder-missing",
      `${program} could not be started in ${cwd}: there is no such folder`,
      { facts: { program, cwd }, cause: error },
    );
  }
  if (code !== "ENOENT" && code !== "EACCES") return withSystemErrors(error);
  const found = code === "ENOENT" ? "was not found in PATH" : "may not be executed";
  return new LaneError("program-missing", `${program} ${found}`, {
    hint: `install ${program}, or see \`kernlane doctor\``,
    facts: { program },
    cause: error,
  });
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already: nothing is left to signal.
  }
}

/** `kill` is given the group's number as an argument, so that nothing needs to be written to the pipe. */
function startWatchdog(pid: number): ChildProcess {
  const watchdog = spawn(
    "/bin/sh",
    ["-c", 'cat >/dev/null; kill -s KILL -- "-$1"', "sh", String(pid)],
    {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    },
  );
  watchdog.on("error", () => {
    // Without /bin/sh the ledger's sweep is what is left; the run itself does not depend on the watchdog.
  });
  watchdog.unref();
  (watchdog.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  return watchdog;
}

/** The peer's death resets the socket; the end of the process says so already, and better. */
function withoutResetErrors(socket: Duplex): Duplex {
  socket.on("error", () => undefined);
  return socket;
}

/** What is in the pipes is read; the end of a pipe that a child of the child has taken along is not waited for. */
function stopReading(child: ChildProcess): void {
  const timer = startFairTimer(LAST_WORDS_MS, () => {
    for (const stream of child.stdio) stream?.destroy();
  });
  child.once("close", timer.stop);
}

/** `close` comes only after every stream was read to its end. */
function drain(child: ChildProcess): void {
  for (const stream of child.stdio) (stream as Partial<Readable> | null | undefined)?.resume?.();
}
