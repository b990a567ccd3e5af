/**
 * Places for guests on this host, shared by processes that know nothing of each other: the workers of a test runner.
 *
 * A place is a file in the cache, `slots/NUMBER.json`, that names its owner. Numbers are taken in order, and a guest may start when
 * it and all with lower numbers fit on the host together: whoever came first is served first, and nobody is passed for ever. The
 * first always fits; a host too small for it will say so itself.
 *
 * Two processes that want one number: link(2) gives it to one of them. A number that was freed and taken again behind the back of
 * a higher one is given up for a new one. Places of dead owners do not count, and are cleared away.
 */
import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism, freemem, totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import * as z from "zod";
import { LaneError, systemCodeOf } from "../base/errors.js";
import { readJsonFile, writeJsonFile } from "./json-file.js";
import { identify, isAlive, processSchema } from "./ledger.js";
import { cacheFolder } from "./paths.js";
import { SPARE_SHARE } from "./concurrency.js";

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
}

const claimSchema = z.object({
  owner: processSchema,
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
  const { waiting, deadlineMs = 30 * 60_000 } = options;
  const number = await takeNumber({ ...need, owner: await identify(process.pid) });
  const beganMs = performance.now();
  let isTold = false;
  for (;;) {
    const ahead = (await liveClaims()).filter((one) => one.number < number);
    if (fits(ahead, need)) break;
    const waitedMs = performance.now() - beganMs;
    if (waitedMs > deadlineMs) {
      giveBack(number);
      throw noPlace(need, ahead, deadlineMs);
    }
    if (!isTold && waitedMs > PATIENCE_MS) {
      isTold = true;
      waiting?.(`${need.what} waits for a place on this host, held by ${holders(ahead)}`);
    }
    await pause(LOOK_MS);
  }
  return {
    [Symbol.asyncDispose]() {
      giveBack(number);
      return Promise.resolve();
    },
  };
}

async function takeNumber(claim: Claim): Promise<number> {
  mkdirSync(slotsFolder(), { recursive: true });
  const draft = join(slotsFolder(), `draft-${process.pid}-${randomUUID()}`);
  writeJsonFile(draft, claim);
  try {
    for (;;) {
      const number = Math.max(0, ...takenNumbers()) + 1;
      if (!tryLink(draft, pathOf(number))) continue;
      if (Math.max(...takenNumbers()) === number) return number;
      giveBack(number);
      await pause(0);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Clears away those of dead owners, but for the highest: its number must not be given to another while somebody looks at it. */
async function liveClaims(): Promise<readonly NumberedClaim[]> {
  const numbers = takenNumbers();
  const highest = Math.max(0, ...numbers);
  const claims: NumberedClaim[] = [];
  for (const number of numbers) {
    const { data } = claimSchema.safeParse(readJsonFile(pathOf(number)));
    if (data && (await isAlive(data.owner))) claims.push({ ...data, number });
    else if (number !== highest) giveBack(number);
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
  return join(cacheFolder(), "slots");
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
