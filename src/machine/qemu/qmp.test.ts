import { Duplex } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openQmp, type QmpClient, type QmpEvent } from "./qmp.js";

interface Bench {
  readonly qmp: QmpClient;
  readonly events: readonly QmpEvent[];
  /** Each command that QEMU was sent. */
  readonly sent: () => readonly { execute: string; id: number; arguments: unknown }[];
  /** What QEMU says. */
  readonly say: (text: string | Buffer) => void;
  readonly hangUp: () => void;
}

function connect(): Bench {
  let written = "";
  const socket = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString();
      done();
    },
  });
  const events: QmpEvent[] = [];
  return {
    qmp: openQmp(socket, (event) => events.push(event)),
    events,
    sent: () =>
      written
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as { execute: string; id: number; arguments: unknown }),
    say: (text) => socket.push(text),
    hangUp: () => socket.destroy(),
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

test("negotiates before anything else", async () => {
  const { qmp, sent } = connect();
  void qmp.execute("query-status").catch(() => undefined);
  await until(() => sent().length === 2);
  expect(sent().map(({ execute }) => execute)).toEqual(["qmp_capabilities", "query-status"]);
});

test("gives each command its own answer, in whatever order they come", async () => {
  const { qmp, sent, say } = connect();
  const status = qmp.execute("query-status");
  const nmi = qmp.execute("inject-nmi", { cpu: 1 });
  await until(() => sent().length === 3);
  const [, first, second] = sent();
  expect(second).toMatchObject({ execute: "inject-nmi", arguments: { cpu: 1 } });
  say(`${JSON.stringify({ return: {}, id: second!.id })}\r\n`);
  say(`${JSON.stringify({ return: { status: "running" }, id: first!.id })}\r\n`);
  expect(await nmi).toEqual({});
  expect(await status).toEqual({ status: "running" });
});

test("a refused command rejects with QEMU's words", async () => {
  const { qmp, sent, say } = connect();
  const command = qmp.execute("no-such");
  await until(() => sent().length === 2);
  say(`{"id":${sent()[1]!.id},"error":{"class":"CommandNotFound","desc":"has not been found"}}\n`);
  await expect(command).rejects.toMatchObject({
    code: "qmp-refused",
    message: "QEMU refused no-such: has not been found",
  });
});

test("a command that QEMU did not live to answer rejects, and so does each one after", async () => {
  const { qmp, hangUp } = connect();
  const unanswered = qmp.execute("system_powerdown");
  hangUp();
  await expect(unanswered).rejects.toMatchObject({ code: "qmp-closed", who: "host" });
  await expect(qmp.execute("quit")).rejects.toMatchObject({ code: "qmp-closed" });
});

test("reads events wherever their bytes are cut", async () => {
  const said = [
    { QMP: { version: {}, capabilities: [] } },
    { event: "RESUME" },
    { event: "SHUTDOWN", data: { guest: true, reason: "guest-reset" } },
    { return: {}, id: 4711 },
  ];
  const bytes = Buffer.from(said.map((message) => `${JSON.stringify(message)}\r\n`).join(""));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 8 }), async (cuts) => {
      const { events, say } = connect();
      const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      for (const [index, edge] of edges.slice(1).entries()) say(bytes.subarray(edges[index], edge));
      await until(() => events.length === 2);
      expect(events).toEqual([
        { event: "RESUME", data: {} },
        { event: "SHUTDOWN", data: { guest: true, reason: "guest-reset" } },
      ]);
    }),
    { numRuns: 30 },
  );
});
