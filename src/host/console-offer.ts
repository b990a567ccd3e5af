/**
 * A guest's console, offered to other processes of the same user on this host: a unix socket in a folder of its own. Who comes
 * later first gets what was printed before. Any number may watch, one may write.
 *
 * A visitor sends one line of JSON, and is answered one; from then on both ways carry the console's bytes as they are.
 *
 *     → {"write":true}        ← {"ok":true}   or   ← {"ok":false}: somebody else writes
 */
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { parseJson } from "./json-file.js";

const helloSchema = z.object({ write: z.boolean() });
export const answerSchema = z.object({ ok: z.boolean() });

const LONGEST_HELLO = 256;
/** A visitor that does not read is let go: what it has not read is kept in memory. */
const MOST_UNREAD_BYTES = 8 * 1024 * 1024;
const GOODBYE_MS = 2_000;

export interface ConsoleSource {
  /** What the console has said until now. */
  readonly soFar: () => Uint8Array;
  /** What a visitor typed. */
  readonly typed: (bytes: Uint8Array) => void;
}

export interface ConsoleOffer extends AsyncDisposable {
  /** What the console says now; `soFar` has it already. */
  push(bytes: Uint8Array): void;
}

/**
 * @param path of a socket that does not exist, in a folder that nobody else may enter
 * @throws Error of the system when there can be no socket
 */
export async function offerConsole(path: string, source: ConsoleSource): Promise<ConsoleOffer> {
  const visitors = new Set<Socket>();
  const watchers = new Set<Socket>();
  let writer: Socket | undefined;

  function welcome(socket: Socket, write: boolean, typed: Uint8Array): void {
    if (write && writer !== undefined) {
      socket.end(`${JSON.stringify({ ok: false })}\n`);
      return;
    }
    if (write) writer = socket;
    socket.write(`${JSON.stringify({ ok: true })}\n`);
    socket.write(source.soFar());
    watchers.add(socket);
    if (write && typed.length > 0) source.typed(typed);
    socket.on("data", (bytes: Buffer) => {
      if (socket === writer) source.typed(bytes);
    });
  }

  const server = createServer((socket) => {
    visitors.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      visitors.delete(socket);
      watchers.delete(socket);
      if (writer === socket) writer = undefined;
    });
    awaitHello(socket, (write, typed) => welcome(socket, write, typed));
  });
  await listen(server, path);
  return {
    push(bytes) {
      for (const socket of watchers) {
        if (socket.writableLength > MOST_UNREAD_BYTES) socket.destroy();
        else socket.write(bytes);
      }
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of visitors) socket.end();
      const goodbye = new AbortController();
      const late = delay(GOODBYE_MS, undefined, { signal: goodbye.signal }).catch(() => undefined);
      await Promise.race([closed, late]);
      goodbye.abort();
      for (const socket of visitors) socket.destroy();
      await closed;
    },
  };
}

function awaitHello(socket: Socket, hello: (write: boolean, typed: Uint8Array) => void): void {
  let said = Buffer.alloc(0);
  const take = (chunk: Buffer): void => {
    said = Buffer.concat([said, chunk]);
    const end = said.indexOf(10);
    if (end < 0 && said.length <= LONGEST_HELLO) return;
    socket.off("data", take);
    const parsed = helloSchema.safeParse(parseJson(said.toString("utf8", 0, Math.max(0, end))));
    if (!parsed.success) return void socket.destroy();
    hello(parsed.data.write, said.subarray(end + 1));
  };
  socket.on("data", take);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => resolve());
  });
}
