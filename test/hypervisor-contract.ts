/**
 * What every hypervisor has to do, as one suite: `machine.ts` states the contract. The guests are those of
 * `stand-ins/guest.mjs`, which obey what is typed at their console.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import type {
  DumpProgress,
  Hypervisor,
  Machine,
  MachineEnd,
  MachineSpec,
} from "../src/machine/machine.js";
import { tempFolder } from "./temp-folder.js";

export interface HypervisorUnderTest {
  readonly hypervisor: Hypervisor;
  /** The same one, with its program gone. */
  readonly missing: Hypervisor;
  readonly spec: () => MachineSpec;
  /** What else must be gone with the machine; throws if it is not. */
  readonly expectNothingLeft: (spec: MachineSpec) => void;
}

/** All bytes, so that no translation of any of them goes unseen. */
const BYTES = Buffer.from(Uint8Array.from({ length: 4096 }, (_, index) => (index * 7) % 256));

export function testHypervisorContract({
  hypervisor,
  missing,
  spec: newSpec,
  expectNothingLeft,
}: HypervisorUnderTest): void {
  let machine: Machine | undefined;
  let spec: MachineSpec;

  afterEach(async () => {
    await machine?.[Symbol.asyncDispose]();
    machine = undefined;
  });

  async function boot(): Promise<Guest> {
    spec = newSpec();
    machine = await hypervisor.start(spec);
    const guest = listen(machine);
    await guest.console.saw("the guest is up\n");
    return guest;
  }

  async function expectEnd(guest: Guest, how: MachineEnd["how"]): Promise<MachineEnd> {
    const end = await guest.machine.ended;
    expect(end).toMatchObject({ how });
    expectProcessGone(guest.machine.pid);
    expectNothingLeft(spec);
    return end;
  }

  test("carries the console's bytes as they are, both ways", async () => {
    const guest = await boot();
    guest.machine.console.write(`echo ${BYTES.length}\n`);
    guest.machine.console.write(BYTES);
    expect(await guest.console.last(BYTES.length)).toEqual(BYTES);
  });

  test("carries the channel's bytes as they are, both ways", async () => {
    const guest = await boot();
    await guest.channel.saw("the channel is open\n");
    guest.machine.channel.write(BYTES);
    expect(await guest.channel.last(BYTES.length)).toEqual(BYTES);
  });

  test("carries the virtio-serial port's bytes as they are, both ways, beside the channel's", async () => {
    spec = { ...newSpec(), hasPort: true };
    machine = await hypervisor.start(spec);
    const guest = listen(machine);
    const port = hear(machine.port!);
    await port.saw("the channel is open\n");
    machine.port!.write(BYTES);
    expect(await port.last(BYTES.length)).toEqual(BYTES);
    await guest.channel.saw("the channel is open\n");
    machine.console.write("power-off\n");
    await expectEnd(guest, "powered-off");
    expect(hypervisor.canHavePort).toBe(true);
  });

  test.each([
    ["power-off", "powered-off"],
    ["reset", "reset"],
    ["crash", "crashed"],
    ["abort", "failed"],
  ] as const)("after %s says %s", async (command, how) => {
    const guest = await boot();
    guest.machine.console.write(`${command}\n`);
    await expectEnd(guest, how);
  });

  test("gives the hypervisor's own words when it fails", async () => {
    const guest = await boot();
    guest.machine.console.write("fail\n");
    const { detail } = await expectEnd(guest, "failed");
    expect(detail).toMatch(/ended with .*(status 1: qemu: the guest used|status 4: vm exit\[0\])/);
  });

  test("says that somebody else ended it", async () => {
    const guest = await boot();
    process.kill(guest.machine.pid, "SIGKILL");
    await expectEnd(guest, "vanished");
  });

  test("stops at once, and as often as it is told to", async () => {
    const guest = await boot();
    const ends = await Promise.all([guest.machine.stop(), guest.machine.stop()]);
    expect(await guest.machine.stop()).toEqual({ how: "stopped", detail: "ended by kernlane" });
    expect(ends).toEqual([ends[0], ends[0]]);
    await expectEnd(guest, "stopped");
  });

  test("stops a machine that has hardly begun", async () => {
    spec = newSpec();
    machine = await hypervisor.start(spec);
    machine.console.resume();
    machine.channel.resume();
    expect(await machine.stop()).toMatchObject({ how: "stopped" });
    expectProcessGone(machine.pid);
    expectNothingLeft(spec);
  });

  test("can be disposed of after its end", async () => {
    const guest = await boot();
    guest.machine.console.write("power-off\n");
    await expectEnd(guest, "powered-off");
    await guest.machine[Symbol.asyncDispose]();
    expect(await guest.machine.stop()).toMatchObject({ how: "powered-off" });
  });

  test("delivers a non-maskable interrupt", async () => {
    const guest = await boot();
    await guest.machine.injectNmi();
    await guest.console.saw("NMI received\n");
  });

  test("presses the power button", async () => {
    const guest = await boot();
    await guest.machine.pressPower();
    await guest.console.saw("power button pressed\n");
    await expectEnd(guest, "powered-off");
  });

  test("has handed on all of the console when the machine has ended, however slow the reader is", async () => {
    const guest = await boot();
    const { console: console_ } = guest.machine;
    console_.removeAllListeners("data");
    // A reader of this kind takes bytes when it likes, and Node lets nothing flow past it.
    console_.on("readable", () => undefined);
    let byteCount = 0;
    const reader = setInterval(() => {
      byteCount += (console_.read(16_384) as Buffer | null)?.length ?? 0;
    }, 10);
    console_.write("burst-and-off 1000000\n");
    await expectEnd(guest, "powered-off").finally(() => clearInterval(reader));
    expect(byteCount).toBe(1_000_000);
  });

  test("a flood on the console holds up neither the channel nor the end", async () => {
    const guest = await boot();
    await guest.channel.saw("the channel is open\n");
    guest.machine.console.write("burst 2000000\nburst 2000000\n");
    guest.machine.channel.write(BYTES);
    expect(await guest.channel.last(BYTES.length)).toEqual(BYTES);
    await guest.console.holds(4_000_000);
    guest.machine.console.write("power-off\n");
    await expectEnd(guest, "powered-off");
  });

  test("a console that nobody reads does not keep the machine from being disposed of", async () => {
    spec = newSpec();
    machine = await hypervisor.start(spec);
    machine.console.write("burst 2000000\n");
    await machine[Symbol.asyncDispose]();
    expectProcessGone(machine.pid);
    expectNothingLeft(spec);
  });

  test("waits for a debugger, says where, and boots when it is let", async () => {
    spec = { ...newSpec(), waitsForDebugger: true };
    machine = await hypervisor.start(spec);
    const guest = listen(machine);
    const port = await machine.debugPort;
    expect(guest.console.bytes().includes("the guest is up")).toBe(false);
    const debugger_ = await attach(port!);
    await guest.console.saw("the guest is up\n");
    debugger_.destroy();
    machine.console.write("power-off\n");
    await expectEnd(guest, "powered-off");
  });

  test("waits for a debugger no longer than the machine is there", async () => {
    spec = { ...newSpec(), waitsForDebugger: true };
    machine = await hypervisor.start(spec);
    listen(machine);
    await machine.debugPort;
    expect(await machine.stop()).toMatchObject({ how: "stopped" });
    expectProcessGone(machine.pid);
    expectNothingLeft(spec);
  });

  if (hypervisor.whyNotHeld === undefined) {
    const holding = (): MachineSpec => ({ ...newSpec(), holdsAtReset: true });

    async function bootHolding(): Promise<Guest> {
      spec = holding();
      machine = await hypervisor.start(spec);
      const guest = listen(machine);
      await guest.console.saw("the guest is up\n");
      return guest;
    }

    test.each([
      ["reset", "reset"],
      ["crash", "crashed"],
    ] as const)(
      "holds a guest after %s until it is stopped, which says %s",
      async (command, how) => {
        const guest = await bootHolding();
        guest.machine.console.write(`${command}\n`);
        await guest.machine.held;
        process.kill(guest.machine.pid, 0);
        expect(await guest.machine.stop()).toMatchObject({ how });
        await expectEnd(guest, how);
      },
    );

    test("does not hold a guest that powers off", async () => {
      const guest = await bootHolding();
      guest.machine.console.write("power-off\n");
      await expectEnd(guest, "powered-off");
    });

    test("writes the memory of a guest that is held, and of one that runs", async () => {
      const guest = await bootHolding();
      const folder = tempFolder("dump");
      await guest.machine.dumpMemory!(join(folder, "running"));
      guest.machine.console.write("reset\n");
      await guest.machine.held;
      const told: DumpProgress[] = [];
      await guest.machine.dumpMemory!(join(folder, "held"), (progress) => told.push(progress));
      await guest.machine.pause!();
      expect(readdirSync(folder).sort()).toEqual(["held", "running"]);
      expect(told.at(-1)).toMatchObject({ doneBytes: told.at(-1)!.totalBytes });
      await expect(guest.machine.dumpMemory!(join(folder, "no", "dump"))).rejects.toMatchObject({
        code: "dump-failed",
        who: "host",
      });
    });
  } else {
    test("says why it cannot hold a guest", async () => {
      await expect(hypervisor.start({ ...newSpec(), holdsAtReset: true })).rejects.toMatchObject({
        code: "scene-unsupported",
        message: expect.stringContaining(hypervisor.whyNotHeld!) as string,
      });
    });
  }

  test("refuses to start without its program", async () => {
    await expect(missing.start(newSpec())).rejects.toMatchObject({
      code: "program-missing",
      who: "host",
    });
  });

  test("names the commands and the machine purely, and always in the same words", () => {
    const one = newSpec();
    expect(hypervisor.argv(one)).toEqual(hypervisor.argv(one));
    expect(hypervisor.heldVms(one)).toEqual(hypervisor.heldVms(one));
    for (const argv of hypervisor.argv(one)) expect(argv.length).toBeGreaterThan(1);
  });
}

/** As gdb does (`set tcp auto-retry on`, its default), it tries again while nobody listens. */
async function attach(port: number): Promise<Socket> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const isThere = await new Promise((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    if (isThere) return socket;
  }
}

interface Guest {
  readonly machine: Machine;
  readonly console: Heard;
  readonly channel: Heard;
}

interface Heard {
  bytes(): Buffer;
  saw(text: string): Promise<void>;
  holds(byteCount: number): Promise<void>;
  /** The last bytes of all, once as many have come since this was asked. */
  last(byteCount: number): Promise<Buffer>;
}

function listen(machine: Machine): Guest {
  return { machine, console: hear(machine.console), channel: hear(machine.channel) };
}

function hear(stream: NodeJS.ReadableStream): Heard {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  stream.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    byteCount += chunk.length;
  });
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => stream.once("data", resolve));
  };
  const bytes = (): Buffer => Buffer.concat(chunks);
  return {
    bytes,
    saw: (text) => until(() => bytes().includes(text)),
    holds: (wanted) => until(() => byteCount >= wanted),
    async last(wanted) {
      const before = byteCount;
      await until(() => byteCount >= before + wanted);
      return bytes().subarray(-wanted);
    },
  };
}

function expectProcessGone(pid: number): void {
  expect(() => process.kill(pid, 0)).toThrow(expect.objectContaining({ code: "ESRCH" }) as Error);
}
