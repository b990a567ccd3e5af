/**
 * The other side of `console-offer.ts`.
 */
import { connect, type Socket } from "node:net";
import { answerSchema } from "./console-offer.js";
import { parseJson } from "./json-file.js";

/**
 * @returns the console's bytes from its beginning on, and what is typed back; `busy` when somebody else writes; `undefined`
 *   when nobody offers it any more
 */
export function visitConsole(path: string, write: boolean): Promise<Socket | "busy" | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let said = Buffer.alloc(0);
    const gone = (): void => {
      socket.destroy();
      resolve(undefined);
    };
    const take = (): void => {
      for (let chunk = read(socket); chunk; chunk = read(socket))
        said = Buffer.concat([said, chunk]);
      const end = said.indexOf(10);
      if (end < 0) return;
      socket.off("readable", take).off("close", gone).off("error", gone);
      const { data: answer } = answerSchema.safeParse(parseJson(said.toString("utf8", 0, end)));
      if (!answer?.ok) {
        socket.destroy();
        resolve(answer ? "busy" : undefined);
        return;
      }
      // Whoever offers it may be killed; the end of the stream says as much.
      socket.on("error", () => undefined);
      socket.unshift(said.subarray(end + 1));
      resolve(socket);
    };
    socket.on("readable", take).on("close", gone).on("error", gone);
    socket.write(`${JSON.stringify({ write })}\n`);
  });
}

function read(socket: Socket): Buffer | null {
  return socket.read() as Buffer | null;
}
