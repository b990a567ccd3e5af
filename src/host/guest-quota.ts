/**
 * Places for guests on this host, shared by processes that know nothing of each other: the workers of a test runner.
 *
 * A place is a file in the cache, `slots/NUMBER.json`, that names its owner. Numbers are taken in order, and a guest may start when
 * it and all with lower numbers fit on the host together: whoever came first is served first, and nobody is passed for ever. The
 * first always fits; a host too small for it will say so itself.
 *
 * Two processes that want one number: link(2) gives it to one of them. A number that was freed and taken again behind the back of
 * a higher one is given up for a new one. Places of dead owners do not count, and are cleared away; those of other hosts and
 * containers that share the cache do not count, and are left alone.
 */
import { readdirSync, rmSync } from "node:fs";
import { availableParallelism, freemem, totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import * as z from "zod";
import { LaneError } from "../base/errors.js";
import { SPARE_SHARE } from "./concurrency.js";
import { fairClock } from "./fair-timer.js";
import { createWhole } from "./file-lock.js";
import { readJsonFile } from "./json-file.js";
import { makeFolder } from "./make-folder.js";
import { identifySelf, ownerSchema, stateOf } from "./owner.js";
import { stateFolder } from "./paths.js";

export interface GuestNeed {
  readonly cpus: number;
  readonly memoryMiB: number;
  /** For whoever waits: `twq, kernel TWQDEBUG`. */
  readonly what: string;
}

export interface SlotOptions {
  /** Told once when the wait has taken some seconds, with who holds the places. */
  readonly waiting?: (sentence: string) => void;
  /** Default 30 minutes: a file of tests with a guest of its own takes its time. */
  readonly deadlineMs?: number;
  /** Ends the wait, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const claimSchema = z.object({
  owner: ownerSchema,
  cpus: z.number(),
  memoryMiB: z.number(),
  what: z.string(),
});
type Claim = z.infer<typeof claimSchema>;
interface NumberedClaim extends Claim {
  readonly number: number;
}

const LOOK_MS = 200;
const PATIENCE_MS = 5_000;

/**
 * Waits for a place; disposing gives it back, once or more often.
 *
 * @throws LaneError `guest-slot-timeout` (host) with who holds the places
 * @example await using slot = await takeGuestSlot({ cpus: 1, memoryMiB: 512, what: "twq, kernel TWQDEBUG" });
 */
export async function takeGuestSlot(
  need: GuestNeed,
  options: SlotOptions = {},
): Promise<AsyncDisposable> {
  const number = await takeNumber({ ...need, owner: await identifySelf() });
  try {
    await waitForTurn(number, need, options);
  } catch (error) {
    giveBack(number);
    throw error;
  }
  return {
    [Symbol.asyncDispose]() {
      giveBack(number);
      return Promise.resolve();
    },
  };
}

async function waitForTurn(
  number: number,
  need: GuestNeed,
  { waiting, deadlineMs = 30 * 60_000, signal }: SlotOptions,
): Promise<void> {
  const beganMs = fairClock.nowMs();
  let isTold = false;
  for (;;) {
    signal?.throwIfAborted();
    const ahead = (await liveClaims()).filter((one) => one.number < number);
    if (fits(ahead, need)) return;
    const waitedMs = fairClock.nowMs() - beganMs;
    if (waitedMs > deadlineMs) throw noPlace(need, ahead, deadlineMs);
    if (!isTold && waitedMs > PATIENCE_MS) {
      isTold = true;
      waiting?.(`${need.what} waits for a place on this host, held by ${holders(ahead)}`);
    }
    await pause(LOOK_MS);
  }
}

async function takeNumber(claim: Claim): Promise<number> {
  makeFolder(slotsFolder());
  for (;;) {
    const number = Math.max(0, ...takenNumbers()) + 1;
    if (!createWhole(pathOf(number), JSON.stringify(claim))) continue;
    if (Math.max(...takenNumbers()) === number) return number;
    giveBack(number);
    await pause(0);
  }
}

/** Clears away those of dead owners, but for the highest: its number must not be given to another while somebody looks at it. */
async function liveClaims(): Promise<readonly NumberedClaim[]> {
  const numbers = takenNumbers();
  const highest = Math.max(0, ...numbers);
  const claims: NumberedClaim[] = [];
  for (const number of numbers) {
    const { data } = claimSchema.safeParse(readJsonFile(pathOf(number)));
    const state = data ? await stateOf(data.owner) : "foreign";
    if (data && state === "alive") claims.push({ ...data, number });
    else if (state === "dead" && number !== highest) giveBack(number);
  }
  return claims;
}

function fits(ahead: readonly Claim[], need: GuestNeed): boolean {
  if (ahead.length === 0) return true;
  const share = (1 - SPARE_SHARE) / (1024 * 1024);
  const cpus = ahead.reduce((sum, one) => sum + one.cpus, need.cpus);
  const memoryMiB = ahead.reduce((sum, one) => sum + one.memoryMiB, need.memoryMiB);
  // Guests take their memory as they use it: what others may still take counts as well as what is free now.
  const hasMemory = memoryMiB <= totalmem() * share && need.memoryMiB <= freemem() * share;
  return cpus <= availableParallelism() && hasMemory;
}

function takenNumbers(): readonly number[] {
  return readdirSync(slotsFolder()).flatMap((name) => {
    const [, number] = /^(\d+)\.json$/.exec(name) ?? [];
    return number === undefined ? [] : [Number(number)];
  });
}

function giveBack(number: number): void {
  rmSync(pathOf(number), { force: true });
}

function pathOf(number: number): string {
  return join(slotsFolder(), `${number}.json`);
}

function slotsFolder(): string {
  return join(stateFolder(), "slots");
}

function holders(ahead: readonly Claim[]): string {
  return ahead.map(({ what, owner }) => `${what} (pid ${owner.pid})`).join("; ");
}

function noPlace(need: GuestNeed, ahead: readonly Claim[], deadlineMs: number): LaneError {
  const { cpus, memoryMiB, what } = need;
  return new LaneError(
    "guest-slot-timeout",
    `${what}: no place for ${cpus} cpus and ${memoryMiB} MiB within ${deadlineMs / 1000} s; held by ${holders(ahead)}`,
    { facts: { cpus, memoryMiB, deadlineMs } },
  );
}
