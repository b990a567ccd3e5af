/**
 * What becomes of a guest when its test, or the last test of its file, is over.
 */
import type { TestContext } from "vitest";
import { startFairTimer } from "../host/fair-timer.js";
import { guestEnded } from "../live/guest/ended-guest.js";
import type { LiveGuest } from "../live/guest/live-guest.js";
import type { ColumnRecord } from "../run/record.js";
import { closeGuest, type Use } from "./guest-pool.js";
import { guestOfTest, isDeathExpected } from "./guest-of-test.js";

/** A call that hangs is over at its deadline, and a kernel that hangs is found out some time later: both are waited for. */
const PATIENCE_MS = 30_000;

/**
 * Looks whether the guest lives, so that a death is told to the test that caused it and not to the next one. A guest whose main
 * process is still busy with something that the test left behind is ended; the next test gets another.
 *
 * @throws LaneError `guest-ended` with the verdict, unless the test asked for a panic or has failed with it already
 */
export async function afterTest(task: TestContext["task"], { options }: Use): Promise<void> {
  const given = guestOfTest(task);
  if (!given) return;
  const { guest } = given;
  const life = await lifeOf(guest);
  if (life === "busy") {
    await guest.stop();
    return;
  }
  if (life === "alive" && options.scope !== "test") return;
  const record = await guest.close();
  const isTold = task.result?.errors?.some(({ message }) => message.includes(record.title));
  if (!isTold) judge(record, guest, `after "${task.name}"`);
}

/** @throws LaneError `guest-ended` when the guest that a file's tests shared did not end as a good one: findings on its console */
export async function afterFile({ key, options }: Use): Promise<void> {
  if (options.scope === "worker") return;
  const closed = await closeGuest(key);
  if (closed) judge(closed.record, closed.guest, "after the file's last test");
}

/** As {@link afterFile}, for the guest that a worker's files shared. */
export async function afterWorker(): Promise<void> {
  const closed = await closeGuest();
  if (closed) judge(closed.record, closed.guest, "after the worker's last file");
}

function judge(record: ColumnRecord, guest: LiveGuest, when: string): void {
  if (record.verdict === "passed" || isDeathExpected(guest)) return;
  throw guestEnded(record, guest.console)(when);
}

async function lifeOf(guest: LiveGuest): Promise<"alive" | "ended" | "busy"> {
  let isBusy: (life: "busy") => void = () => undefined;
  const busy = new Promise<"busy">((resolve) => (isBusy = resolve));
  const timer = startFairTimer(PATIENCE_MS, () => isBusy("busy"));
  const ended = guest.ended.then(() => "ended" as const);
  const answer = guest.sleep(0).then(
    () => "alive" as const,
    () => busy,
  );
  return Promise.race([answer, ended, busy]).finally(timer.stop);
}
