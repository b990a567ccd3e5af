/**
 * One machine under bhyve, from its first process to the end of its traces: the loader where there is one, bhyve, and
 * the destruction of what is left in the kernel.
 */
import { setTimeout as delay } from "node:timers/promises";
import { LaneError, messageOf } from "../../base/errors.js";
import { runCommand } from "../../host/command.js";
import { bhyveArgs, destroyArgs, injectNmiArgs, loaderArgs, type BhyveHost } from "./args.js";
import { connectWhenThere } from "./channel.js";
import { destroyVm } from "./destroy.js";
import { isPortTaken, meaningOfBhyveExit, meaningOfLoaderExit } from "./exit.js";
import { attachPort, clearPort, PORT_WINDOW_BYTES, removePort } from "./port.js";
import { startBhyveProcess, type BhyveProcess } from "./process.js";
import { pickPort, PORT_TRIES } from "../../host/free-port.js";
import type { Machine, MachineEnd, MachineSpec } from "../machine.js";
import { openSerialLine, type SerialLine } from "../serial-line.js";

const COMMAND_DEADLINE_MS = 30_000;
/** bhyve opens the debugger's port right after com2's, and a taken one is its end. */
const PORTS_OPEN_MS = 200;

interface Run {
  readonly host: BhyveHost;
  readonly spec: MachineSpec;
  readonly console: SerialLine;
  readonly channel: SerialLine;
  /** The virtio-console port. */
  readonly line: SerialLine;
  running: BhyveProcess;
  /** Of {@link Machine.onProcess}. */
  readonly processListeners: ((pid: number) => void)[];
  port: number;
  debugPort: number;
  /** Settles {@link Machine.debugPort}. */
  readonly debuggerAwaited: (port: number | undefined) => void;
  /** The guest's own code runs, so that there is somebody to press a button for. */
  isLoaded: boolean;
  isStopping: boolean;
}

/** @throws LaneError (host) when the first process cannot be started */
export async function startBhyveMachine(
  host: BhyveHost,
  spec: MachineSpec,
  loadDeadlineMs: number,
): Promise<Machine> {
  const console_ = openSerialLine();
  const loader = loaderArgs(host, spec);
  const [port, debugPort] = [await pickPort(), await pickPort()];
  clearPort(spec);
  const first = loader ?? bhyveArgs(host, spec, port, debugPort);
  let debuggerAwaited: Run["debuggerAwaited"] = () => undefined;
  const awaited = new Promise<number | undefined>((resolve) => (debuggerAwaited = resolve));
  const run: Run = {
    ...{ host, spec, port, debugPort, debuggerAwaited },
    console: console_,
    channel: openSerialLine(),
    line: openSerialLine(),
    running: await startBhyveProcess(first, host.asRoot, console_),
    processListeners: [],
    isLoaded: loader === undefined,
    isStopping: false,
  };
  const machine = machineOf(run, release(run, follow(run, loadDeadlineMs)));
  return spec.waitsForDebugger ? Object.assign(machine, { debugPort: awaited }) : machine;
}

async function follow(run: Run, loadDeadlineMs: number): Promise<MachineEnd> {
  if (!run.isLoaded) {
    const end = await followLoader(run, loadDeadlineMs);
    if (end) return end;
    await startGuest(run);
  }
  return followGuest(run);
}

/** Nothing of the machine is left when its end is told, and all that it said has been read. */
async function release(run: Run, followed: Promise<MachineEnd>): Promise<MachineEnd> {
  const end = await followed.catch((error: unknown): MachineEnd => ({
    how: "failed",
    detail: messageOf(error),
  }));
  run.debuggerAwaited(undefined);
  const isGone = await destroyVm(run.host, run.spec);
  removePort(run.spec);
  await Promise.all(linesOf(run).map((line) => line.finish()));
  return isGone ? end : { ...end, said: [...(end.said ?? [end.detail]), remains(run)] };
}

function linesOf({ spec, console: console_, channel, line }: Run): readonly SerialLine[] {
  return [console_, channel, ...(spec.hasPort ? [line] : [])];
}

function remains({ host, spec }: Run): string {
  const command = destroyArgs(host, spec).join(" ");
  return `the virtual machine is still in the host's kernel; to destroy it, run as root: ${command}`;
}

/** @returns how the machine ended, or `undefined` once a kernel is loaded */
async function followLoader(run: Run, deadlineMs: number): Promise<MachineEnd | undefined> {
  const { running } = run;
  const loaded = new AbortController();
  const isLate = await Promise.race([
    running.exited.then(() => false),
    delay(deadlineMs, true, { signal: loaded.signal }).catch(() => false),
  ]);
  loaded.abort();
  if (isLate) await running.kill("KILL");
  const exit = await running.exited;
  if (!isLate || run.isStopping) {
    return meaningOfLoaderExit(exit, run.isStopping, running.words());
  }
  return { how: "stopped", detail: `bhyveload had loaded no kernel after ${deadlineMs / 1000} s` };
}

async function startGuest(run: Run): Promise<void> {
  const { host, spec, port, debugPort } = run;
  const argv = bhyveArgs(host, spec, port, debugPort);
  run.running = await startBhyveProcess(argv, host.asRoot, run.console);
  run.isLoaded = true;
  for (const listener of run.processListeners) listener(run.running.pid);
  // `stop` may have been called while there was no process to end.
  if (run.isStopping) await run.running.kill("KILL");
}

/** bhyve opens its port before the guest's first instruction, so that another try costs no boot. */
async function followGuest(run: Run): Promise<MachineEnd> {
  for (let tries = 1; ; tries += 1) {
    const { running } = run;
    const foreign = new AbortController();
    const attached = Promise.all([
      attachChannel(run, foreign.signal),
      attachPort(run.spec, run.line, run.host.asRoot, running.exited),
    ]);
    const exit = await running.exited;
    const isTaken = isPortTaken(exit, running.words());
    // Whoever has the port may have taken our connection too.
    if (isTaken) foreign.abort();
    await attached;
    if (!isTaken || run.isStopping || tries === PORT_TRIES) {
      return meaningOfBhyveExit(exit, run.isStopping, running.words());
    }
    [run.port, run.debugPort] = [await pickPort(), await pickPort()];
    clearPort(run.spec);
    await startGuest(run);
  }
}

/** Looking whether the port is open would be a debugger's connection, so the process itself has to do. */
async function tellDebugPort(run: Run): Promise<void> {
  const { spec, running, debugPort, debuggerAwaited } = run;
  if (!spec.waitsForDebugger) return;
  const isGone = await Promise.race([running.exited.then(() => true), delay(PORTS_OPEN_MS, false)]);
  if (!isGone) debuggerAwaited(debugPort);
}

/** Settles when nothing more can come. */
async function attachChannel(run: Run, signal: AbortSignal): Promise<void> {
  if (!run.host.hasTcpSerial) return tellDebugPort(run);
  const socket = await connectWhenThere(run.port, run.running.exited);
  if (!socket || signal.aborted) return void socket?.destroy();
  signal.addEventListener("abort", () => socket.destroy(), { once: true });
  await Promise.all([run.channel.attach(socket), tellDebugPort(run)]);
}

function machineOf(run: Run, ended: Promise<MachineEnd>): Machine {
  const { host, spec } = run;
  const stop = async (): Promise<MachineEnd> => {
    run.isStopping = true;
    await run.running.kill("KILL");
    // Where root's rules forbid the signal, bhyve ends when its machine is taken away.
    if (host.asRoot.length > 0) await destroyVm(host, spec);
    return ended;
  };
  return {
    get pid() {
      return run.running.pid;
    },
    onProcess(listener) {
      run.processListeners.push(listener);
      listener(run.running.pid);
    },
    console: run.console.port,
    channel: run.channel.port,
    ...(spec.hasPort ? { port: run.line.port, portWindowBytes: PORT_WINDOW_BYTES } : {}),
    ended,
    injectNmi: async () => {
      requireGuest(run);
      for (const argv of injectNmiArgs(host, spec)) await control(argv);
    },
    // bhyve(8), SIGNAL HANDLING: SIGTERM triggers an ACPI power-off.
    pressPower: async () => {
      requireGuest(run);
      await run.running.kill("TERM");
    },
    stop,
    async [Symbol.asyncDispose]() {
      // What nobody has read must not keep the machine from ending.
      for (const line of linesOf(run)) line.port.resume();
      await stop();
    },
  };
}

async function control(argv: readonly string[]): Promise<void> {
  const { code, stderr } = await runCommand({ argv }, COMMAND_DEADLINE_MS);
  if (code === 0) return;
  throw new LaneError(
    "bhyvectl-failed",
    `${argv.join(" ")} failed: ${stderr.trim() || "it printed nothing"}`,
  );
}

function requireGuest(run: Run): void {
  if (run.isLoaded) return;
  throw new LaneError(
    "guest-not-running",
    "bhyveload has not loaded a kernel yet: there is no guest to interrupt",
  );
}
