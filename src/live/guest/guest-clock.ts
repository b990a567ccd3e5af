/**
 * The guest's clock after a checkpoint: its monotonic clock continues from where it stood, and so does its time of day, which is
 * then as late as the checkpoint is old.
 */
import { LaneError } from "../../base/errors.js";
import type { GuestFamily } from "../../base/family.js";
import { inBytes } from "../../protocol/buffers.js";
import { callNumbers } from "./call-numbers.js";
import type { Caller } from "./caller.js";

/** In both families. */
const CLOCK_REALTIME = 0;

/**
 * Sets the time of day to the host's, some ms late.
 *
 * @throws LaneError `guest-call-failed` (usage)
 */
export async function setGuestClock(guest: Caller, family: GuestFamily): Promise<void> {
  // struct timespec on amd64: seconds and nanoseconds, of 64 bits each.
  const time = Buffer.alloc(16);
  const nowMs = Date.now();
  time.writeBigInt64LE(BigInt(Math.floor(nowMs / 1000)), 0);
  time.writeBigInt64LE(BigInt(nowMs % 1000) * 1_000_000n, 8);
  // Without a name, so that the guest's console says nothing of it.
  const reply = await guest.syscall(
    callNumbers[family].clockSettime,
    CLOCK_REALTIME,
    inBytes(time),
  );
  if (reply.value === 0n) return;
  throw new LaneError(
    "guest-call-failed",
    `the clock could not be set after the checkpoint: ${reply.outcome}`,
    { hint: "the guest's time of day has to be set when it resumes from a checkpoint" },
  );
}
