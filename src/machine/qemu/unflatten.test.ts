import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/temp-folder.js";
import { isFlattened, unflatten } from "./unflatten.js";

function piece(place: number, bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(16);
  head.writeBigInt64BE(BigInt(place), 0);
  head.writeBigInt64BE(BigInt(bytes.length), 8);
  return Buffer.concat([head, bytes]);
}

function flattened(...pieces: readonly Buffer[]): { readonly from: string; readonly to: string } {
  const head = Buffer.alloc(4096);
  head.write("makedumpfile", "latin1");
  head.writeBigInt64BE(1n, 16);
  head.writeBigInt64BE(1n, 24);
  const folder = tempFolder("unflatten");
  const from = join(folder, "flat");
  writeFileSync(from, Buffer.concat([head, ...pieces]));
  return { from, to: join(folder, "dump") };
}

const LAST = Buffer.alloc(16, 0xff);

test("puts each piece where it belongs, whatever their order and size", async () => {
  const large = Buffer.alloc(2_500_000, 7);
  const { from, to } = flattened(
    piece(8, Buffer.from("later")),
    piece(0, Buffer.from("KDUMP   ")),
    piece(16, large),
    LAST,
  );
  expect(await isFlattened(from)).toBe(true);
  expect(await unflatten(from, to)).toBe(true);
  const ordered = Buffer.concat([Buffer.from("KDUMP   later\0\0\0"), large]);
  expect(ordered.equals(readFileSync(to))).toBe(true);
  expect(await isFlattened(to)).toBe(false);
});

test("says of a dump that was cut off that it has no end, wherever that was", async () => {
  const whole = [piece(0, Buffer.from("KDUMP   ")), LAST];
  for (const cutBytes of [1, 15, 16, 17, 30, 40]) {
    const { from, to } = flattened(...whole);
    truncateSync(from, 4096 + 24 + 16 - cutBytes);
    expect(await unflatten(from, to)).toBe(false);
  }
});

test("takes no place and no size that cannot be", async () => {
  const negative = piece(0, Buffer.from("x"));
  negative.writeBigInt64BE(-5n, 8);
  const away = piece(-2, Buffer.from("x"));
  const tooLong = piece(0, Buffer.from("x"));
  tooLong.writeBigInt64BE(2n ** 62n, 8);
  for (const wrong of [negative, away, tooLong]) {
    const { from, to } = flattened(wrong, LAST);
    expect(await unflatten(from, to)).toBe(false);
  }
});
