import { describe, expect, test } from "vitest";
import { LaneError } from "../base/errors.js";
import { openGuestConsole, type ConsoleFeed } from "../live/guest/guest-console.js";
import type { LiveGuest } from "../live/guest/live-guest.js";
import type { ColumnRecord } from "../run/record.js";
import type { Verdict } from "../run/verdict.js";
import { isDeathExpected } from "./guest-of-test.js";
import { matchBooted, matchPanicked, matchSaid } from "./match-guest.js";

/** A guest that is nothing but a console, an identity and an end. */
function fakeGuest(identity: LiveGuest["identity"] = {}) {
  const feed: ConsoleFeed = openGuestConsole();
  let die: (record: ColumnRecord) => void = () => undefined;
  const ended = new Promise<ColumnRecord>((resolve) => (die = resolve));
  const guest = {
    identity,
    console: feed.console,
    ended,
    sleep: () => Promise.resolve(),
  } as unknown as LiveGuest;
  const context = () => ({ family: undefined, console: feed.console, firstLine: 1 });
  const end = (verdict: Verdict, title: string): void => {
    const evidence = ["#0 panic+0x1"];
    feed.end(() => new LaneError("guest-ended", title));
    die({ verdict, title, evidence } as unknown as ColumnRecord);
  };
  feed.line("an earlier test's line");
  return { guest, feed, end, asked: () => ({ isNot: false, context: context() }), context };
}

describe("toHaveBooted", () => {
  const { guest, context } = fakeGuest({ release: "6.1.9-TWQDEBUG", version: "#1 SMP" });

  test("takes a release, what is behind its dash, or a pattern", () => {
    for (const ident of ["6.1.9-TWQDEBUG", "TWQDEBUG", /^6\.1/]) {
      expect(matchBooted(guest, ident, context()).pass).toBe(true);
    }
    for (const ident of ["DEBUG", "6.1.9", /^5/]) {
      expect(matchBooted(guest, ident, context()).pass).toBe(false);
    }
  });

  test("takes the ident of a FreeBSD kernel, not its release", () => {
    const { guest: freebsd } = fakeGuest({ ident: "TWQDEBUG", release: "15.0-STABLE" });
    expect(matchBooted(freebsd, "TWQDEBUG", context()).pass).toBe(true);
    expect(matchBooted(freebsd, "STABLE", context()).pass).toBe(false);
  });

  test("shows which kernel it is", () => {
    expect(matchBooted(guest, "GENERIC", context()).message()).toContain(
      'expected the kernel to be "GENERIC", found 6.1.9-TWQDEBUG (#1 SMP)',
    );
  });
});

describe("toHaveSaid", () => {
  test("takes what was said since the test began, and waits for what comes", async () => {
    const { guest, feed, asked } = fakeGuest();
    feed.line("twq: hello");
    expect((await matchSaid(guest, /hello/g, {}, asked())).pass).toBe(true);
    const waiting = matchSaid(guest, "twq: later", {}, asked());
    feed.line("twq: later");
    expect((await waiting).pass).toBe(true);
  });

  test("is not met by what an earlier test has caused", async () => {
    const { guest, asked } = fakeGuest();
    const { pass, message } = await matchSaid(guest, "earlier", { timeoutMs: 20 }, asked());
    expect(pass).toBe(false);
    expect(message()).toContain('expected the console to say "earlier", and it did not within 20');
    expect(message()).toContain("its last lines:\n  an earlier test's line");
  });

  test("waits past it", async () => {
    const { guest, feed, asked } = fakeGuest();
    const waiting = matchSaid(guest, "line", {}, asked());
    feed.line("a line of this test");
    expect((await waiting).pass).toBe(true);
  });

  test("does not wait for what is not to be said", async () => {
    const { guest, feed, context } = fakeGuest();
    const asked = { isNot: true, context: context() };
    expect((await matchSaid(guest, "never", {}, asked)).pass).toBe(false);
    feed.line("twq: hello");
    const { pass, message } = await matchSaid(guest, "hello", {}, asked);
    expect(pass).toBe(true);
    expect(message()).toContain('not to say "hello", and it said: twq: hello');
  });

  test("is over when the guest ends", async () => {
    const { guest, end, asked } = fakeGuest();
    const waiting = matchSaid(guest, "never", {}, asked());
    end("panicked", "panic: it");
    expect((await waiting).pass).toBe(false);
  });
});

describe("toHavePanicked", () => {
  test("waits for the panic that it names, and has then asked for it", async () => {
    const { guest, end, asked } = fakeGuest();
    const waiting = matchPanicked(guest, "no such thread", {}, asked());
    expect(isDeathExpected(guest)).toBe(false);
    end("panicked", "panic: twq: no such thread");
    expect((await waiting).pass).toBe(true);
    expect(isDeathExpected(guest)).toBe(true);
  });

  test.each([
    ["panicked", "panic: another", "saw panicked: panic: another"],
    ["hung", "no such thread", "saw hung: no such thread"],
  ] as const)("is not met by %s: %s", async (verdict, title, said) => {
    const { guest, end, asked } = fakeGuest();
    end(verdict, title);
    const { pass, message } = await matchPanicked(guest, /no such thread/, {}, asked());
    expect(pass).toBe(false);
    expect(message()).toBe(`expected a panic /no such thread/, ${said}\n#0 panic+0x1`);
    expect(isDeathExpected(guest)).toBe(false);
  });

  test("says that the guest lives", async () => {
    const { guest, asked } = fakeGuest();
    const { pass, message } = await matchPanicked(guest, undefined, { timeoutMs: 10 }, asked());
    expect(pass).toBe(false);
    expect(message()).toContain("expected a panic, saw the guest alive after 10 ms\n");
  });

  test("does not wait for what is not to come", async () => {
    const { guest, end, context } = fakeGuest();
    const asked = { isNot: true, context: context() };
    expect((await matchPanicked(guest, undefined, {}, asked)).pass).toBe(false);
    end("panicked", "panic: it");
    const dead = { ...guest, sleep: () => Promise.reject(new Error("it has ended")) };
    const { pass, message } = await matchPanicked(dead, undefined, {}, asked);
    expect(pass).toBe(true);
    expect(message()).toContain("expected no panic, saw panicked: panic: it");
    expect(isDeathExpected(guest)).toBe(false);
  });

  test("refuses what is no guest", async () => {
    const { asked } = fakeGuest();
    await expect(matchPanicked({}, undefined, {}, asked())).rejects.toMatchObject({
      code: "matcher-misused",
    });
  });
});
