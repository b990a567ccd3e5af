import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { limits } from "../src/protocol/limits.js";
import { buildAgents, root } from "./agent-process.js";

beforeAll(buildAgents, 120_000);

const PT_LOAD = 1,
  PT_DYNAMIC = 2,
  PT_INTERP = 3,
  PT_NOTE = 4,
  PT_GNU_STACK = 0x6474e551;
const SHT_SYMTAB = 2;

interface Elf {
  readonly bytes: Buffer;
  readonly segments: readonly { type: number; flags: number; offset: number; size: number }[];
  readonly undefinedSymbols: readonly number[];
}

async function readElf(name: string): Promise<Elf> {
  const bytes = await readFile(join(root, "dist/agent", name, "kernlane-agent"));
  const table = Number(bytes.readBigUInt64LE(32));
  const segments = Array.from({ length: bytes.readUInt16LE(56) }, (_, index) => {
    const at = table + index * 56;
    const offset = Number(bytes.readBigUInt64LE(at + 8));
    const size = Number(bytes.readBigUInt64LE(at + 32));
    return { type: bytes.readUInt32LE(at), flags: bytes.readUInt32LE(at + 4), offset, size };
  });
  return { bytes, segments, undefinedSymbols: readUndefinedSymbols(bytes) };
}

/** Section index 0 of a named symbol means that something else would have to provide it. */
function readUndefinedSymbols(bytes: Buffer): readonly number[] {
  const table = Number(bytes.readBigUInt64LE(40));
  const found: number[] = [];
  for (let section = 0; section < bytes.readUInt16LE(60); section++) {
    const at = table + section * 64;
    if (bytes.readUInt32LE(at + 4) !== SHT_SYMTAB) continue;
    const offset = Number(bytes.readBigUInt64LE(at + 24));
    const count = Number(bytes.readBigUInt64LE(at + 32)) / 24;
    for (let symbol = 1; symbol < count; symbol++) {
      const entry = offset + symbol * 24;
      if (bytes.readUInt16LE(entry + 6) === 0 && bytes.readUInt32LE(entry) !== 0) found.push(entry);
    }
    if (count < 10) throw new Error("the symbol table is too small to say anything");
  }
  return found;
}

describe.each([
  ["linux-amd64", 0],
  ["freebsd-amd64", 9],
] as const)("the agent for %s", (name, osAbi) => {
  test("is a small static amd64 executable for the right system, without interpreter or library", async () => {
    const { bytes, segments, undefinedSymbols } = await readElf(name);
    expect(bytes.subarray(0, 8)).toEqual(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, osAbi]));
    expect([bytes.readUInt16LE(16), bytes.readUInt16LE(18)]).toEqual([2, 62]);
    const types = segments.map(({ type }) => type);
    expect(types).toContain(PT_LOAD);
    expect(types).not.toContain(PT_INTERP);
    expect(types).not.toContain(PT_DYNAMIC);
    expect(undefinedSymbols).toEqual([]);
    expect(bytes.length).toBeLessThan(80 * 1024);
  });

  test("has no memory that is both writable and executable, and no executable stack", async () => {
    const { segments } = await readElf(name);
    for (const { type, flags } of segments) {
      if (type === PT_LOAD || type === PT_GNU_STACK) expect(flags & 3).not.toBe(3);
    }
    expect(segments.some(({ type }) => type === PT_GNU_STACK)).toBe(true);
  });
});

test("the agent for freebsd-amd64 carries FreeBSD's ABI note, of 13.0 or later", async () => {
  const { bytes, segments } = await readElf("freebsd-amd64");
  const note = segments.find(({ type }) => type === PT_NOTE)!;
  expect(bytes.readUInt32LE(note.offset)).toBe(8);
  expect(bytes.readUInt32LE(note.offset + 8)).toBe(1);
  expect(bytes.toString("latin1", note.offset + 12, note.offset + 20)).toBe("FreeBSD\0");
  expect(bytes.readUInt32LE(note.offset + 20)).toBeGreaterThanOrEqual(1_300_000);
});

test("building again does nothing when nothing changed", async () => {
  const path = join(root, "dist/agent/linux-amd64/kernlane-agent");
  const before = await stat(path);
  await promisify(execFile)(process.execPath, [join(root, "scripts/build-agent.mjs")]);
  expect((await stat(path)).mtimeMs).toBe(before.mtimeMs);
});

test("host and agent have the same limits", async () => {
  const header = await readFile(join(root, "agent/limits.h"), "utf8");
  for (const [name, value] of Object.entries(limits)) {
    const macro = name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    expect(header).toMatch(new RegExp(`^#define ${macro} ${value}$`, "m"));
  }
});
