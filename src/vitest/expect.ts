/**
 * Vitest's `expect` with matchers for what a guest does.
 */
import { expect as vitestExpect, TestRunner, type ExpectStatic, type TestContext } from "vitest";
import type { LiveGuest } from "../live/guest/live-guest.js";
import { guestOfTest } from "./guest-of-test.js";
import { matchBooted, matchPanicked, matchSaid, type WaitOptions } from "./match-guest.js";
import { matchFailure, matchSignal, matchSuccess, type Answered } from "./match-reply.js";
import { failureContextOf, type FailureContext } from "./failure-context.js";

/** A matcher that exists for values of this type alone, also behind `.resolves`. */
type For<T, Received, Matcher> = Awaited<T> extends Received ? Matcher : never;

export interface GuestMatchers<T> {
  /**
   * The call returned, and this value if one is given; a program or a process ended with status 0.
   *
   * @example expect(await guest.syscall(39)).toSucceedWith(1)
   */
  toSucceedWith: For<T, Answered, (value?: number | bigint) => void>;
  /**
   * The call failed with this errno, by name, as the guest's family numbers it.
   *
   * @throws LaneError `unknown-outcome-name` (usage), with the nearest name
   * @example expect(reply).toFailWith("ENOTSUP")
   */
  toFailWith: For<T, Answered, (errno: string) => void>;
  /**
   * The forked child, the process or the program was ended by this signal.
   *
   * @example expect(await guest.syscall(468, { fork: true })).toBeKilledBy("SIGSYS")
   */
  toBeKilledBy: For<T, Answered, (signal: string) => void>;
  /**
   * The kernel that answers: its ident (FreeBSD) or release (Linux), the part of it behind the last dash, or a pattern.
   *
   * @example expect(guest).toHaveBooted("TWQDEBUG")
   */
  toHaveBooted: For<T, LiveGuest, (ident: string | RegExp) => void>;
  /**
   * The console said it since the test began, or says it within `timeoutMs` (default 10 000). With `.not`: not so far.
   *
   * @example await expect(guest).toHaveSaid(/WARNING: .*twq/)
   */
  toHaveSaid: For<T, LiveGuest, (pattern: string | RegExp, options?: WaitOptions) => Promise<void>>;
  /**
   * The kernel panics within `timeoutMs` (default 30 000), for this reason if one is given: text of its title, or a pattern. A test
   * that asks for a panic is not failed by it.
   *
   * @example await expect(guest).toHavePanicked("twq: no such thread")
   */
  toHavePanicked: For<
    T,
    LiveGuest,
    (title?: string | RegExp, options?: WaitOptions) => Promise<void>
  >;
}

declare module "vitest" {
  // The type parameter is Vitest's own.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any, @typescript-eslint/no-empty-object-type
  interface Matchers<T = any> extends GuestMatchers<T> {}
}

/** Tests that run side by side must take `expect` from their context: only that one knows its test. */
function contextIn({ task }: { readonly task?: object }): FailureContext {
  const running = TestRunner.getCurrentTest<TestContext["task"] | undefined>();
  return failureContextOf(guestOfTest(task ?? running));
}

vitestExpect.extend({
  toSucceedWith(received: unknown, value?: number | bigint) {
    return matchSuccess(received, value, contextIn(this));
  },
  toFailWith(received: unknown, errno: string) {
    return matchFailure(received, errno, contextIn(this));
  },
  toBeKilledBy(received: unknown, signal: string) {
    return matchSignal(received, signal, contextIn(this));
  },
  toHaveBooted(received: unknown, ident: string | RegExp) {
    return matchBooted(received, ident, contextIn(this));
  },
  toHaveSaid(received: unknown, pattern: string | RegExp, options: WaitOptions = {}) {
    return matchSaid(received, pattern, options, { isNot: this.isNot, context: contextIn(this) });
  },
  toHavePanicked(received: unknown, title?: string | RegExp, options: WaitOptions = {}) {
    return matchPanicked(received, title, options, { isNot: this.isNot, context: contextIn(this) });
  },
});

export const expect: ExpectStatic = vitestExpect;
