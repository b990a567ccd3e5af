import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { encodeFrame } from "../console/framing.js";
import type { Machine, MachineEnd } from "../machine/machine.js";
import type { LaneHappening } from "./events.js";
import { observeMachine, type Watcher } from "./observe.js";
import { watchedPlan } from "../../test/watched-plan.js";

const planned = { ...watchedPlan, debugger: [] } as const;

function watcherOf(seen: LaneHappening[]): Watcher {
  return {
    emit: (happening) => seen.push(happening),
    console: () => undefined,
    line: () => undefined,
    signal: new AbortController().signal,
  };
}

/** bhyve's status 1, with a word on its standard error. */
const doubtful: MachineEnd = {
  how: "failed",
  detail: "bhyve ended with status 1: fbuf: not used",
  mayBePowerOff: true,
};

async function endOf(
  consoleText: string,
  end: MachineEnd,
  frames = "",
): Promise<readonly LaneHappening[]> {
  const [console_, channel] = [new PassThrough(), new PassThrough()];
  const machine: Machine = {
    pid: 1,
    onProcess: () => undefined,
    ...{ console: console_, channel },
    ended: new Promise((resolve) => console_.once("end", () => resolve(end))),
    injectNmi: () => Promise.resolve(),
    pressPower: () => Promise.resolve(),
    stop: () => Promise.resolve(end),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const seen: LaneHappening[] = [];
  channel.write(frames);
  channel.once("data", () => console_.end(consoleText));
  if (frames === "") console_.end(consoleText);
  await observeMachine(machine, planned, watcherOf(seen));
  return seen;
}

test("an end that may be a power-off is one if the kernel said so", async () => {
  const said = "Uptime: 14s\r\nacpi0: Powering system off\r\n";
  expect(await endOf(said, doubtful)).toContainEqual({
    kind: "machine-ended",
    end: { how: "powered-off", detail: doubtful.detail },
  });
});

test("and a failure if nobody did", async () => {
  expect(await endOf("FreeBSD is booting\r\n", doubtful)).toContainEqual({
    kind: "machine-ended",
    end: { how: "failed", detail: doubtful.detail },
  });
});

test("the agent's last line says it too", async () => {
  const line = (kind: string, status: string): string =>
    JSON.stringify({ kind, status, data: {}, meta: {} });
  const frames = `${encodeFrame(1, line("hello", "ok"))}\n${encodeFrame(2, line("end", "done"))}\n`;
  expect(await endOf("", doubtful, frames)).toContainEqual({
    kind: "machine-ended",
    end: { how: "powered-off", detail: doubtful.detail },
  });
});

const halts = [
  ["freebsd", "\r\nThe operating system has halted.\r\nPlease press any key to reboot.\r\n\r\n"],
  ["linux", "[    3.100000] reboot: System halted\r\n"],
] as const;

test.each(halts)(
  "a %s guest that has halted is ended at once, and has halted",
  async (guest, said) => {
    const [console_, channel] = [new PassThrough(), new PassThrough()];
    const stopped: MachineEnd = { how: "stopped", detail: "ended by kernlane" };
    let resolve: (end: MachineEnd) => void = () => undefined;
    const ended = new Promise<MachineEnd>((settle) => (resolve = settle));
    const machine: Machine = {
      pid: 1,
      onProcess: () => undefined,
      ...{ console: console_, channel, ended },
      injectNmi: () => Promise.resolve(),
      pressPower: () => Promise.resolve(),
      stop: () => Promise.resolve(stopped).finally(() => resolve(stopped)),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    console_.write(said);
    const plan = { ...planned, guest };
    const seen: LaneHappening[] = [];
    const end = await observeMachine(machine, plan, watcherOf(seen));
    expect(end).toEqual({ how: "halted", detail: "the console says so" });
    expect(seen.some(({ kind }) => kind === "deadline")).toBe(false);
  },
);
