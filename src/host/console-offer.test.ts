import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { offerConsole, type ConsoleOffer } from "./console-offer.js";
import { visitConsole } from "./console-visit.js";
import { tempFolder } from "../../test/temp-folder.js";

let folder: string;
let path: string;
let printed: Buffer;
let typed: string;
let offer: ConsoleOffer;

beforeEach(async () => {
  folder = tempFolder("offer");
  path = join(folder, "console");
  printed = Buffer.from("booting\n");
  typed = "";
  offer = await offerConsole(path, {
    soFar: () => printed,
    typed: (bytes) => (typed += Buffer.from(bytes).toString()),
  });
});
afterEach(async () => {
  await offer[Symbol.asyncDispose]();
});

function print(text: string): void {
  printed = Buffer.concat([printed, Buffer.from(text)]);
  offer.push(Buffer.from(text));
}

async function visit(write: boolean): Promise<Visitor> {
  const socket = await visitConsole(path, write);
  if (socket === undefined || socket === "busy") throw new Error("expected to be let in");
  let seen = "";
  socket.on("data", (chunk: Buffer) => (seen += chunk.toString()));
  const saw = async (text: string): Promise<string> => {
    while (!seen.includes(text)) await new Promise((resolve) => socket.once("data", resolve));
    return seen;
  };
  return { socket, saw };
}

interface Visitor {
  readonly socket: Socket;
  readonly saw: (text: string) => Promise<string>;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("who comes late gets everything from the beginning, once", async () => {
  print("login: ");
  const one = await visit(false);
  await one.saw("login: ");
  print("root\n");
  const two = await visit(false);
  expect(await one.saw("root\n")).toBe("booting\nlogin: root\n");
  expect(await two.saw("root\n")).toBe("booting\nlogin: root\n");
});

test("one writes, the others watch, and what watchers type goes nowhere", async () => {
  const writer = await visit(true);
  const watcher = await visit(false);
  await watcher.saw("booting");
  watcher.socket.write("nothing");
  writer.socket.write("root\n");
  await until(() => typed.includes("root\n"));
  expect(typed).toBe("root\n");
  expect(await visitConsole(path, true)).toBe("busy");
  writer.socket.destroy();
  await until(() => writer.socket.closed);
  let next: Socket | "busy" | undefined = "busy";
  while (next === "busy") next = await visitConsole(path, true);
  expect(next).toBeDefined();
});

test("its end is the end of every visit, with all that was printed", async () => {
  const { socket, saw } = await visit(true);
  const ended = new Promise((resolve) => socket.once("end", resolve));
  print("x".repeat(500_000));
  print("the end\n");
  await offer[Symbol.asyncDispose]();
  await ended;
  expect((await saw("the end\n")).length).toBe(500_016);
});

test("a visitor that does not say who it is gets nothing", async () => {
  const socket = connect(path);
  socket.on("error", () => undefined);
  let seen = 0;
  socket.on("data", (chunk: Buffer) => (seen += chunk.length));
  socket.write("GET / HTTP/1.1\n");
  await new Promise((resolve) => socket.once("close", resolve));
  expect(seen).toBe(0);
});

test("a console that nobody offers cannot be visited", async () => {
  expect(await visitConsole(join(folder, "nothing"), true)).toBeUndefined();
});

test("does not wait for a visitor that does not read", async () => {
  const socket = await visitConsole(path, false);
  if (typeof socket !== "object") throw new Error("expected to be let in");
  socket.pause();
  for (let count = 0; count < 200; count += 1) offer.push(Buffer.alloc(100_000));
  await offer[Symbol.asyncDispose]();
  socket.destroy();
});
