/**
 * Where a session's requests are written.
 */
import type { Writable } from "node:stream";
import { LaneError } from "../../base/errors.js";
import { limits } from "../../protocol/limits.js";
import type { LinkLimits } from "./link-state.js";

export interface Wire extends LinkLimits {
  readonly output: Writable;
  /** A payload of more goes in pieces. */
  readonly pieceBytes: number;
  /** The guest's name for it. */
  readonly device: string;
}

/**
 * A serial port loses what comes faster than the guest's driver empties it, and has no way to hold the sender back. FreeBSD's
 * uart(4) has room for 383 bytes between its interrupt and its thread (sys/dev/uart/uart_core.c). A window and the question
 * where the agent is, which may go behind it, fit in there: so nothing is lost however late the thread runs.
 */
const SERIAL_WINDOW_BYTES = 360;

/** What a frame has around its payload. */
const FRAME_BYTES = 30;

export function serialWire(output: Writable, device: string): Wire {
  const windowBytes = SERIAL_WINDOW_BYTES;
  return { output, device, windowBytes, pieceBytes: windowBytes - FRAME_BYTES, openRequests: 256 };
}

/** The port of a virtio-serial device waits for its reader and loses nothing. */
export function virtioWire(output: Writable, device: string): Wire {
  return { output, device, windowBytes: 65_536, pieceBytes: limits.lineBytes, openRequests: 1024 };
}

/**
 * FreeBSD's driver of such a port makes it a terminal, whose input queue is of 23,040 bytes (a fifth of the 115,200 that its speed can
 * be at most, `sys/kern/tty.c`); what comes when that is full is lost.
 *
 * @param roomBytes what the hypervisor has room for, if that is less
 */
export function terminalWire(output: Writable, device: string, roomBytes = Infinity): Wire {
  const windowBytes = Math.min(20_000, roomBytes);
  const pieceBytes = Math.min(9_900, windowBytes - FRAME_BYTES);
  return { output, device, windowBytes, pieceBytes, openRequests: 1024 };
}

const claimed = new WeakSet<Writable>();

/**
 * A channel has one writer: two would use the same numbers for different requests.
 *
 * @throws LaneError `channel-two-writers` (usage)
 */
export function claimWire({ output, device }: Wire): void {
  if (claimed.has(output)) {
    throw new LaneError(
      "channel-two-writers",
      `${device} has a session already, and a second one would use the same request numbers`,
      { hint: "share the guest, or end the first session", facts: { device } },
    );
  }
  claimed.add(output);
}

export function releaseWire({ output }: Wire): void {
  claimed.delete(output);
}
