/**
 * Connections to what bhyve listens on, for one client at a time: com2 is a port of the loopback address, the virtio-console port a
 * unix socket.
 */
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { systemCodeOf } from "../../base/errors.js";
import { LOOPBACK } from "../../host/free-port.js";

const RETRY_MS = 10;

/**
 * Connects as soon as something listens: what the guest says while nobody is connected is lost.
 *
 * @param at a TCP port of the loopback address, or the path of a unix socket
 * @param gone the end of who should listen
 * @param whenDenied called before the next try where this user may not connect
 * @returns `undefined` when `gone` settles first
 */
export async function connectWhenThere(
  at: number | string,
  gone: Promise<unknown>,
  whenDenied?: () => Promise<void>,
): Promise<Socket | undefined> {
  const over = gone.then(() => true);
  for (;;) {
    const tried = await tryConnect(at);
    if (typeof tried !== "string") return tried;
    if (tried === "EACCES") await whenDenied?.();
    if (await Promise.race([over, delay(RETRY_MS, false)])) return undefined;
  }
}

/** @returns the system's code where there is no connection */
function tryConnect(at: number | string): Promise<Socket | string> {
  return new Promise((resolve) => {
    const socket = typeof at === "number" ? connect(at, LOOPBACK) : connect(at);
    socket.once("error", (error) => resolve(systemCodeOf(error) ?? ""));
    socket.once("connect", () => {
      // With nobody listening, a connection whose own port is by chance the same one connects to itself.
      const isOwnEcho = typeof at === "number" && socket.localPort === at;
      if (isOwnEcho) socket.destroy();
      resolve(isOwnEcho ? "" : socket);
    });
  });
}
