/**
 * QMP, the control channel of QEMU (qemu-qmp-ref): one JSON object a line, over a connected unix socket.
 *
 * Used for what the exit status of QEMU cannot say: *why* a machine ended (`SHUTDOWN` with its reason), and for the
 * power button, the non-maskable interrupt and `quit`.
 */
import type { Duplex } from "node:stream";
import { LaneError } from "../../base/errors.js";

export interface QmpEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface QmpClient {
  /**
   * @throws LaneError `qmp-refused` (bug) with QEMU's words, `qmp-closed` (host) when QEMU is gone
   * @example await qmp.execute("inject-nmi")
   */
  execute(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>;
}

interface Waiting {
  readonly command: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: LaneError) => void;
}

interface QmpMessage {
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly desc?: string };
  readonly event?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export function openQmp(socket: Duplex, onEvent: (event: QmpEvent) => void): QmpClient {
  const waiting = new Map<number, Waiting>();
  let nextId = 1;
  let closed = false;
  let pending = "";
  socket.on("data", (chunk: Buffer) => {
    const lines = (pending + chunk.toString("utf8")).split("\n");
    pending = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") take(JSON.parse(line) as QmpMessage);
  });
  socket.on("close", () => {
    closed = true;
    for (const { command, reject } of waiting.values()) reject(gone(command));
    waiting.clear();
  });

  function take(message: QmpMessage): void {
    if (message.event !== undefined) onEvent({ event: message.event, data: message.data ?? {} });
    const answered = message.id === undefined ? undefined : waiting.get(message.id);
    if (!answered || message.id === undefined) return;
    waiting.delete(message.id);
    if (message.error)
      answered.reject(refused(answered.command, message.error.desc ?? "no reason"));
    else answered.resolve(message.return);
  }

  function execute(
    command: string,
    args: Readonly<Record<string, unknown>> = {},
  ): Promise<unknown> {
    if (closed) return Promise.reject(gone(command));
    const id = nextId++;
    return new Promise((resolve, reject) => {
      waiting.set(id, { command, resolve, reject });
      socket.write(JSON.stringify({ execute: command, arguments: args, id }) + "\n");
    });
  }

  // QEMU answers nothing else before this. Its failure shows in the first real command.
  execute("qmp_capabilities").catch(() => undefined);
  return { execute };
}

function refused(command: string, reason: string): LaneError {
  return new LaneError("qmp-refused", `QEMU refused ${command}: ${reason}`);
}

function gone(command: string): LaneError {
  return new LaneError("qmp-closed", `QEMU ended before it answered ${command}`);
}
