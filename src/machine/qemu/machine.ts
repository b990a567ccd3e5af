/**
 * A machine that runs under QEMU: its ports, its buttons, and what its end means.
 */
import type { Duplex } from "node:stream";
import type { ProcessExit, RunningProcess } from "../../host/process.js";
import type { Machine, MachineEnd } from "../machine.js";
import { linesOf, told } from "../words.js";
import { failureIn } from "./failures.js";
import { openQmp, type QmpClient, type QmpEvent } from "./qmp.js";

/** The machine, and the means to do more with it than the contract has. */
export interface QemuMachine {
  readonly machine: Machine;
  readonly qmp: QmpClient;
  /** Resolves with the next event that is meant, if one comes. */
  readonly nextEvent: (isMeant: (event: QmpEvent) => boolean) => Promise<QmpEvent>;
}

/** @param holdsAtReset whether QEMU was told to pause where it would end */
export function watchQemu(qemu: RunningProcess, holdsAtReset = false): QemuMachine {
  const [console_, channel, control, port] = qemu.sockets as [Duplex, Duplex, Duplex, Duplex?];
  let shutdown: QmpEvent | undefined;
  let broken: Told | undefined;
  let ioError = "";
  let stopping = false;
  let words = "";
  const listeners = new Set<(event: QmpEvent) => void>();
  qemu.stdout.resume();
  qemu.stderr.on("data", (chunk: Buffer) => {
    if (words.length < 16_384) words += chunk.toString("utf8");
  });
  const qmp = openQmp(control, (event) => {
    if (event.event === "SHUTDOWN" && shutdown === undefined) {
      shutdown = event;
      if (holdsAtReset) endOrHold(event);
    }
    if (event.event === "BLOCK_IO_ERROR") ioError = describeIoError(event.data);
    // An accelerator that cannot go on, and a disk that cannot be written, stop the guest without ending QEMU: nothing more would ever come.
    if (event.event === "STOP" && !stopping) void endIfBroken();
    for (const listen of listeners) listen(event);
  });

  /** Answered once QEMU has paused. */
  function endOrHold({ data }: QmpEvent): void {
    if (data["reason"] === "guest-shutdown") void qmp.execute("quit").catch(() => undefined);
    else void qmp.execute("query-status").then(hold, () => undefined);
  }

  async function endIfBroken(): Promise<void> {
    const status = (await qmp.execute("query-status").catch(() => undefined)) as
      { status?: string } | undefined;
    if (status?.status === "internal-error")
      broken = told("QEMU stopped in an internal error", linesOf(words));
    else if (status?.status === "io-error")
      broken = told("QEMU stopped because a disk failed", linesOf(ioError));
    if (broken !== undefined) qemu.kill("SIGKILL");
  }

  let hold = (): void => undefined;
  const held = new Promise<void>((resolve) => (hold = resolve));
  const ended = qemu.exited.then((exit): MachineEnd => {
    if (broken !== undefined) return failed(broken);
    return meaningOfEnd(exit, shutdown, stopping, words);
  });
  const nextEvent = (isMeant: (event: QmpEvent) => boolean): Promise<QmpEvent> =>
    new Promise((resolve) => {
      const listen = (event: QmpEvent): void => {
        if (!isMeant(event)) return;
        listeners.delete(listen);
        resolve(event);
      };
      listeners.add(listen);
    });
  const machine: Machine = {
    pid: qemu.pid,
    onProcess: (listener) => listener(qemu.pid),
    console: console_,
    channel,
    ...(port === undefined ? {} : { port }),
    ended,
    ...(holdsAtReset ? { held } : {}),
    sendBreak: () => qmp.execute("chardev-send-break", { id: "com1" }).then(() => undefined),
    injectNmi: () => qmp.execute("inject-nmi").then(() => undefined),
    pressPower: () => qmp.execute("system_powerdown").then(() => undefined),
    stop: () => {
      stopping = true;
      qemu.kill("SIGKILL");
      return ended;
    },
    [Symbol.asyncDispose]: () => qemu[Symbol.asyncDispose](),
  };
  return { machine, qmp, nextEvent };
}

/** QEMU's exit status is 0 for a power-off and for a panic's reset alike: the reason of `SHUTDOWN` tells them apart. */
export function meaningOfEnd(
  exit: ProcessExit,
  shutdown: QmpEvent | undefined,
  stoppedByUs: boolean,
  words: string,
): MachineEnd {
  const told = shutdown?.data["reason"];
  const reason = typeof told === "string" ? told : "";
  const end = reason === "" ? describeExit(exit, words) : { detail: `QMP SHUTDOWN ${reason}` };
  const { detail } = end;
  if (reason === "guest-shutdown") return { how: "powered-off", detail };
  if (reason === "guest-reset") return { how: "reset", detail };
  if (reason === "guest-panic") return { how: "crashed", detail };
  if (stoppedByUs || exit.killedByUs) return { how: "stopped", detail: "ended by kernlane" };
  if (exit.signal === "SIGKILL")
    return {
      how: "vanished",
      ...end,
      detail: `${detail}; a host that is out of memory ends programs so`,
    };
  if (exit.signal === "SIGTERM" || reason.startsWith("host-")) return { how: "vanished", ...end };
  return failed(end, exit.signal);
}

function failed(end: Told, signal?: string): MachineEnd {
  const failure = failureIn([end.detail, ...(end.said ?? [])].join("\n"), signal);
  return { how: "failed", ...end, ...(failure === undefined ? {} : { failure }) };
}

type Told = Pick<MachineEnd, "detail" | "said">;

/** Fields of QEMU's `BLOCK_IO_ERROR` (qapi/block-core.json). */
function describeIoError({ operation, reason, nospace }: QmpEvent["data"]): string {
  const why = nospace === true ? "No space left on device" : String(reason);
  return `a ${String(operation)} failed: ${why}`;
}

function describeExit(exit: ProcessExit, words: string): Told {
  const status = exit.signal === undefined ? `exit status ${exit.code ?? "unknown"}` : exit.signal;
  return told(`QEMU ended with ${status}`, linesOf(words));
}
