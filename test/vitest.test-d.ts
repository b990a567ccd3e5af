/**
 * The types of `kernlane/vitest`, checked by the compiler (`npm run check`); nothing in here is run.
 */
import { expectTypeOf } from "vitest";
import type { BatchReply, TimeReply } from "../src/live/guest/many-replies.js";
import type { LiveGuest } from "../src/live/guest/live-guest.js";
import type { ProgramReply } from "../src/live/guest/reply.js";
import type { Reply } from "../src/live/guest/reply.js";
import type { LaneConfig } from "../src/lane/lane.js";
import { expect, test } from "../src/vitest/index.js";

declare const reply: Reply;
declare const batch: BatchReply;
declare const timed: TimeReply;
declare const program: ProgramReply;
declare const guest: LiveGuest;

// Fixtures.
test("are typed", ({ guest, lane, task }) => {
  expectTypeOf(guest).toEqualTypeOf<LiveGuest>();
  expectTypeOf(lane).toEqualTypeOf<LaneConfig>();
  expectTypeOf(task.name).toBeString();
});
test("are there alone", (context) => {
  expectTypeOf(context).not.toHaveProperty("workerGuests");
});
test.extend<{ readonly answer: number }>({ answer: 42 })("go on in extensions", (context) => {
  expectTypeOf(context.answer).toBeNumber();
  expectTypeOf(context.guest).toEqualTypeOf<LiveGuest>();
});

// Options.
test.use({});
test.use({ lane: "twq", kernel: "TWQDEBUG", cpus: 2, memory: "512M", scope: "worker" });
test.use({ lane: { guest: "linux", probe: [] }, gate: () => undefined });
test.use({ gate: "TWQ_RUN_VM_INTEGRATION", kernels: { TWQDEBUG: "bzImage" }, accel: "tcg" });
// @ts-expect-error There is no such option.
test.use({ kernal: "TWQDEBUG" });
// @ts-expect-error There is no such scope.
test.use({ scope: "suite" });
// @ts-expect-error A guest has a run folder of its own.
test.use({ out: "run" });

// Matchers of replies.
expect(reply).toSucceedWith();
expect(reply).toSucceedWith(1);
expect(reply).not.toSucceedWith(1n);
expect(reply).toFailWith("ENOTSUP");
expect(reply).toBeKilledBy("SIGSYS");
expect(program).toSucceedWith();
expect(timed).toSucceedWith();
expect(batch.results[0]!).toFailWith("EINVAL");
expectTypeOf(expect(reply).toFailWith).returns.toBeVoid();
expectTypeOf(expect(guest.syscall(39)).resolves.toSucceedWith()).resolves.toBeVoid();
// @ts-expect-error An errno goes by its name.
expect(reply).toFailWith(95);
// @ts-expect-error A value is a number or a bigint.
expect(reply).toSucceedWith("1");
// @ts-expect-error A number has not been called.
expect(1).toFailWith("ENOTSUP");
// @ts-expect-error A guest does not fail, its calls do.
expect(guest).toFailWith("ENOTSUP");

// Matchers of guests.
expect(guest).toHaveBooted("TWQDEBUG");
expectTypeOf(expect(guest).toHavePanicked()).resolves.toBeVoid();
expectTypeOf(expect(guest).toHavePanicked(/twq/, { timeoutMs: 1000 })).resolves.toBeVoid();
expectTypeOf(expect(guest).not.toHaveSaid("WARNING")).resolves.toBeVoid();
// @ts-expect-error A reply has no console.
expect(reply).toHaveSaid("WARNING");
// @ts-expect-error Options are options.
void expect(guest).toHaveSaid("WARNING", 1000);
