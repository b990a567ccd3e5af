import { expect, test } from "vitest";
import { openDebugger } from "./debugger.js";

/** QEMU 7.2's own words. */
function qmpWithTakenPorts(count: number) {
  const commands: string[] = [];
  return {
    commands,
    execute: (_: string, args?: Readonly<Record<string, unknown>>) => {
      const line = String(args?.["command-line"]);
      commands.push(line);
      const device = line.replace("gdbserver ", "");
      return Promise.resolve(
        commands.length <= count
          ? `Could not open gdbserver on device '${device}'\r\n`
          : `Waiting for gdb connection on device '${device}'\r\n`,
      );
    },
  };
}

test("opens the debugger on a port of the loopback address", async () => {
  const qmp = qmpWithTakenPorts(0);
  const port = await openDebugger(qmp);
  expect(qmp.commands).toEqual([`gdbserver tcp:127.0.0.1:${port}`]);
});

test("takes another port when one is taken, but not for ever", async () => {
  const qmp = qmpWithTakenPorts(2);
  expect(qmp.commands[2]).toBeUndefined();
  const port = await openDebugger(qmp);
  expect(qmp.commands).toHaveLength(3);
  expect(qmp.commands[2]).toBe(`gdbserver tcp:127.0.0.1:${port}`);
  await expect(openDebugger(qmpWithTakenPorts(99))).rejects.toMatchObject({
    code: "debugger-port",
    message: expect.stringContaining("Could not open gdbserver") as string,
  });
});
