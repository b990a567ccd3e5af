import { createServer, type AddressInfo } from "node:net";

export const LOOPBACK = "127.0.0.1";

/** How often another port is tried when somebody else was faster. */
export const PORT_TRIES = 5;

/** A port of the loopback address that is free now; whoever is to listen on it says so if it is no longer free then. */
export function pickPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, LOOPBACK, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
