import { createServer, connect, type AddressInfo, type Socket } from "node:net";
import { expect, test } from "vitest";
import { openSerialLine } from "./serial-line.js";

/** Two ends of one connection. */
async function connection(): Promise<readonly [Socket, Socket]> {
  const server = createServer();
  const accepted = new Promise<Socket>((resolve) => server.once("connection", resolve));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const near = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const far = await accepted;
  server.close();
  return [near, far];
}

test("hands on what comes from one end after another, to the last byte", async () => {
  const line = openSerialLine();
  let seen = "";
  line.port.on("data", (chunk: Buffer) => (seen += chunk.toString()));
  for (const text of ["from the loader, ", "from the guest"]) {
    const [near, far] = await connection();
    const attached = line.attach(near);
    far.end(text);
    await attached;
  }
  await line.finish();
  expect(seen).toBe("from the loader, from the guest");
});

test("loses what is written while nothing is attached, and does not wait for it", async () => {
  const line = openSerialLine();
  await new Promise<void>((resolve) => line.port.write("lost", () => resolve()));
  const [near, far] = await connection();
  const attached = line.attach(near);
  line.port.write("kept");
  const first = await new Promise<string>((resolve) => {
    far.once("data", (chunk: Buffer) => resolve(chunk.toString()));
  });
  expect(first).toBe("kept");
  far.end();
  await attached;
  line.port.resume();
  await line.finish();
});

test("a reader that is behind is not hurried: the rest waits in the connection", async () => {
  const line = openSerialLine();
  const [near, far] = await connection();
  const attached = line.attach(near);
  const flood = Buffer.alloc(20_000_000, "x");
  far.end(flood);
  // What is buffered for the reader stays bounded by one read of the socket.
  await new Promise((resolve) => line.port.once("readable", resolve));
  expect(line.port.readableLength).toBeLessThan(1_000_000);
  let byteCount = 0;
  line.port.on("data", (chunk: Buffer) => (byteCount += chunk.length));
  line.port.resume();
  await attached;
  await line.finish();
  expect(byteCount).toBe(flood.length);
});

test("finishes for a reader that has given up", async () => {
  const line = openSerialLine();
  line.port.destroy();
  await line.finish();
  expect(line.port.destroyed).toBe(true);
});
