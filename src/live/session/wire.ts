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
 * A serial port loses what comes faster than the guest's driver reads: FreeBSD's from some 2000 bytes on, so half of that is
 * on its way at most.
 */
export function serialWire(output: Writable, device: string): Wire {
  return { output, device, windowBytes: 1000, pieceBytes: 800, openRequests: 256 };
}

/** The port of a virtio-serial device waits for its reader and loses nothing. */
export function virtioWire(output: Writable, device: string): Wire {
  return { output, device, windowBytes: 65_536, pieceBytes: limits.lineBytes, openRequests: 1024 };
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
