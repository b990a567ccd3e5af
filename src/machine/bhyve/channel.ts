/**
 * com2 of bhyve: a port of the loopback address on which bhyve listens, for one connection at a time.
 */
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { LOOPBACK } from "../../host/free-port.js";

const RETRY_MS = 10;

/**
 * Connects as soon as something listens: what the guest says on a port that nobody is connected to is lost.
 *
 * @param gone the end of who should listen
 * @returns `undefined` when `gone` settles first
 */
export async function connectLoopback(
  port: number,
  gone: Promise<unknown>,
): Promise<Socket | undefined> {
  const over = gone.then(() => true);
  for (;;) {
    const socket = await tryConnect(port);
    if (socket) return socket;
    if (await Promise.race([over, delay(RETRY_MS, false)])) return undefined;
  }
}

function tryConnect(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, LOOPBACK);
    socket.once("error", () => resolve(undefined));
    socket.once("connect", () => {
      // With nobody listening, a connection whose own port is by chance the same one connects to itself.
      const isOwnEcho = socket.localPort === port;
      if (isOwnEcho) socket.destroy();
      resolve(isOwnEcho ? undefined : socket);
    });
  });
}
