import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test, vi } from "vitest";
import { visitConsole } from "../host/console-visit.js";
import type { Machine } from "../machine/machine.js";
import { findConsoleSocket, openColumnConsole, planConsole } from "./column-console.js";
import { tempFolder } from "../../test/temp-folder.js";

function machine(): { readonly machine: Machine; readonly typed: () => string } {
  const console_ = new PassThrough();
  return {
    machine: { console: console_ } as unknown as Machine,
    typed: () => String(console_.read() ?? ""),
  };
}

async function visit(socket: string) {
  const visited = await visitConsole(socket, true);
  if (typeof visited !== "object") throw new Error("expected to be let in");
  return visited;
}

test("offers the console while it is open, where the column's folder says, to nobody else", async () => {
  const folder = tempFolder("column");
  const log = join(folder, "console.log");
  writeFileSync(log, "booting\n");
  const place = planConsole(folder);
  onTestFinished(() => rmSync(place.folder, { recursive: true, force: true }));
  expect(existsSync(place.folder)).toBe(false);
  const guest = machine();
  const offer = await openColumnConsole(place, guest.machine, log);
  expect(statSync(place.folder).mode & 0o777).toBe(0o700);
  const visited = await visit(findConsoleSocket(folder)!);
  visited.write("root\n");
  await vi.waitFor(() => expect(guest.typed()).toBe("root\n"));
  const seen = text(visited);
  await offer[Symbol.asyncDispose]();
  expect(await seen).toBe("booting\n");
  expect(findConsoleSocket(folder)).toBeUndefined();
});

test("of a console that has said very much, a visitor gets the last whole lines", async () => {
  const folder = tempFolder("column");
  const log = join(folder, "console.log");
  writeFileSync(log, "a line of the console\n".repeat(100_000));
  const place = planConsole(folder);
  onTestFinished(() => rmSync(place.folder, { recursive: true, force: true }));
  const offer = await openColumnConsole(place, machine().machine, log);
  const seen = text(await visit(place.socket));
  await offer[Symbol.asyncDispose]();
  expect((await seen).length).toBeGreaterThan(1_000_000);
  expect((await seen).length).toBeLessThan(readFileSync(log).length);
  expect(await seen).toMatch(/^(a line of the console\n)+$/);
});

test("keeps the socket's path short, whatever the temporary folder is", () => {
  vi.stubEnv("TMPDIR", join("/tmp", "x".repeat(120)));
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(Buffer.byteLength(planConsole("/runs/one").socket)).toBeLessThan(104);
});

test("a run goes on where there can be no socket", async () => {
  const folder = tempFolder("column");
  const place = planConsole(folder);
  onTestFinished(() => rmSync(place.folder, { recursive: true, force: true }));
  // What is there already is not taken for ours.
  const taken = { ...place, folder };
  const offer = await openColumnConsole(taken, machine().machine, join(folder, "console.log"));
  offer.push(Buffer.from("x"));
  await offer[Symbol.asyncDispose]();
  expect(findConsoleSocket(folder)).toBeUndefined();
});

test("where the column's folder cannot say where it is, nothing is offered and nothing listens", async () => {
  const folder = tempFolder("column");
  writeFileSync(join(folder, "file"), "");
  const place = { ...planConsole(folder), card: join(folder, "file", "console.json") };
  onTestFinished(() => rmSync(place.folder, { recursive: true, force: true }));
  const offer = await openColumnConsole(place, machine().machine, join(folder, "console.log"));
  expect(existsSync(place.socket)).toBe(false);
  await offer[Symbol.asyncDispose]();
});
