/**
 * The console of a column that runs, offered to `kernlane console`. Its socket lies in a folder of its own with a short name, for
 * a unix socket's path has room for about a hundred bytes; `console.json` in the column's folder says where, as long as it is there.
 */
import { randomBytes } from "node:crypto";
import { closeSync, fstatSync, mkdirSync, openSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { offerConsole, type ConsoleOffer } from "../host/console-offer.js";
import { readJsonFile, writeJsonFile } from "../host/json-file.js";
import { socketFolder } from "../host/socket-folder.js";
import type { Machine } from "../machine/machine.js";

const cardSchema = z.object({ socket: z.string() });

/** What a visitor gets of a console that has said much more. */
const MOST_BYTES_SO_FAR = 1024 * 1024;

export interface ConsolePlace {
  /** Nobody else may enter it. */
  readonly folder: string;
  readonly socket: string;
  readonly card: string;
}

/** Names only; nothing is made. */
export function planConsole(columnFolder: string): ConsolePlace {
  const folder = socketFolder(`kernlane-${randomBytes(6).toString("hex")}`, "console");
  return { folder, socket: join(folder, "console"), card: cardOf(columnFolder) };
}

/**
 * A run does not depend on it: where there can be no socket, nothing is offered.
 *
 * @param log where the console's bytes are written before they are pushed
 */
export async function openColumnConsole(
  { folder, socket, card }: ConsolePlace,
  machine: Machine,
  log: string,
): Promise<ConsoleOffer> {
  let offer: ConsoleOffer | undefined;
  try {
    mkdirSync(folder, { mode: 0o700 });
    offer = await offerConsole(socket, {
      soFar: () => tailOf(log),
      typed: (bytes) => void machine.console.write(bytes),
    });
    const opened = offer;
    writeJsonFile(card, { socket });
    return {
      push: (bytes) => opened.push(bytes),
      async [Symbol.asyncDispose]() {
        rmSync(card, { force: true });
        await opened[Symbol.asyncDispose]();
      },
    };
  } catch {
    await offer?.[Symbol.asyncDispose]();
    return { push: () => undefined, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
}

/** The socket of a column's console while it is offered. */
export function findConsoleSocket(columnFolder: string): string | undefined {
  return cardSchema.safeParse(readJsonFile(cardOf(columnFolder))).data?.socket;
}

function cardOf(columnFolder: string): string {
  return join(columnFolder, "console.json");
}

/** The whole file, or its last lines. */
function tailOf(path: string): Uint8Array {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const tail = Buffer.alloc(Math.min(size, MOST_BYTES_SO_FAR));
    const length = readSync(file, tail, 0, tail.length, size - tail.length);
    const from = tail.length < size ? tail.indexOf(10) + 1 : 0;
    return tail.subarray(from, length);
  } finally {
    closeSync(file);
  }
}
