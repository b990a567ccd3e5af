import { expect, test } from "vitest";
import { hello, mark, observed, started, timed } from "../../test/run-events.js";
import { proofOfHistory } from "./column-symbols.js";
import type { LaneHappening, StartedEvent } from "./events.js";
import { readHistory } from "./history.js";

const BANNER =
  "Linux version 6.1.0-TWQDEBUG (me@host) (gcc (Debian 12) 12.2.0, GNU ld) #1 SMP Debian 6.1.1";
const identity = { label: "6.1.0", release: "6.1.0", version: "#7 SMP", buildId: "abcd" };

function proofOf(part: Partial<StartedEvent>, ...happenings: readonly LaneHappening[]) {
  return proofOfHistory(readHistory(timed([started(part), ...happenings])));
}

test("what the kernel's agent said comes first; the file's build id only where it is of that kernel", () => {
  const said = (version: string): LaneHappening =>
    observed({ kind: "hello", data: { release: "6.1.0", version } });
  expect(proofOf({ identity }, said("#7 SMP"))).toMatchObject({
    version: "#7 SMP",
    buildId: "abcd",
  });
  const other = proofOf({ identity }, said("#8 SMP"));
  expect(other).toMatchObject({ version: "#8 SMP", buildId: undefined });
});

test("a Linux kernel that died before its agent came is known by its first line", () => {
  expect(proofOf({ identity }, mark({ identity: BANNER }))).toMatchObject({
    release: "6.1.0-TWQDEBUG",
    version: "#1 SMP Debian 6.1.1",
    buildId: undefined,
  });
});

test("a FreeBSD kernel is known by its file, unless its first line names another", () => {
  const freebsd = {
    guest: "freebsd",
    identity: { label: "TWQDEBUG", ident: "TWQDEBUG", buildId: "abcd" },
  } as const;
  const named = (ident: string) => mark({ identity: `FreeBSD 15.0-STABLE ${ident} amd64` });
  expect(proofOf(freebsd, named("TWQDEBUG"))).toMatchObject({ ident: "TWQDEBUG", buildId: "abcd" });
  expect(proofOf(freebsd, named("GENERIC"))).toEqual({ family: "freebsd" });
  expect(proofOf(freebsd)).toMatchObject({ buildId: "abcd" });
});

test("an agent that says no version proves nothing by the file", () => {
  expect(proofOf({ identity }, hello())).toMatchObject({ buildId: undefined });
});
