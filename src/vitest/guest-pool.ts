/**
 * The guests of one Vitest worker. A worker owns at most one shared guest at a time, and lets go of it before it asks for another:
 * whoever waits for a place holds none.
 */
import { isDeepStrictEqual } from "node:util";
import { bootGuestInTurn } from "../live/guest/boot-guest.js";
import type { LiveGuest } from "../live/guest/live-guest.js";
import type { ColumnRecord } from "../run/record.js";
import type { UseOptions } from "./use-options.js";

/** What a guest is shared by: the tests of one file, or all files of a worker with equal options. */
export type GuestKey =
  | { readonly file: object; readonly options?: never }
  | { readonly options: UseOptions; readonly file?: never };

/** One `test.use`. */
export interface Use {
  readonly options: UseOptions;
  /** Guests are shared by those with the same key. */
  readonly key: GuestKey;
  /** A boot that failed: the other tests of the file are not to wait for another. */
  failed?: Error;
}

interface Shared {
  readonly key: GuestKey;
  readonly guest: LiveGuest;
  hasEnded: boolean;
}

/** A guest that was closed, with how it ended. */
export interface ClosedGuest {
  readonly guest: LiveGuest;
  readonly record: ColumnRecord;
}

let shared: Shared | undefined;
let turn: Promise<unknown> = Promise.resolve();

/** @throws LaneError as `bootGuestInTurn`; the same again for the file's other tests */
export function guestFor(use: Use): Promise<LiveGuest> {
  return inTurn(async () => {
    if (use.failed) throw use.failed;
    if (shared && !shared.hasEnded && isSameKey(shared.key, use.key)) return shared.guest;
    await closeShared();
    try {
      const guest = await bootGuestInTurn(use.options, say);
      if (use.options.scope !== "test") share(use.key, guest);
      return guest;
    } catch (error) {
      use.failed = error as Error;
      throw error;
    }
  });
}

/** Powers off the guest that is shared under this key, or under any; undefined when there is none, or it has ended before. */
export function closeGuest(key?: GuestKey): Promise<ClosedGuest | undefined> {
  return inTurn(async () => {
    if (key && shared && !isSameKey(shared.key, key)) return undefined;
    return closeShared();
  });
}

/** By value, but for functions, which are the same only if they are one. Who may run is not a part of which guest it is. */
export function isSameKey(one: GuestKey, other: GuestKey): boolean {
  if (!one.options || !other.options) return one.file !== undefined && one.file === other.file;
  const ungated = (options: UseOptions): UseOptions => ({ ...options, gate: true });
  return isDeepStrictEqual(ungated(one.options), ungated(other.options));
}

function share(key: GuestKey, guest: LiveGuest): void {
  const mine: Shared = { key, guest, hasEnded: false };
  shared = mine;
  void guest.ended.then(() => (mine.hasEnded = true));
}

async function closeShared(): Promise<ClosedGuest | undefined> {
  const last = shared;
  shared = undefined;
  if (!last || last.hasEnded) return undefined;
  return { guest: last.guest, record: await last.guest.close() };
}

/** One after the other: tests may run side by side. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = turn.then(work);
  turn = mine.catch(() => undefined);
  return mine;
}

function say(sentence: string): void {
  process.stderr.write(`kernlane: ${sentence}\n`);
}
