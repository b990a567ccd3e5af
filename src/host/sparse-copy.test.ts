import { readFileSync, statSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { copySparse } from "./sparse-copy.js";
import { tempFolder } from "../../test/temp-folder.js";

const MIB = 1024 * 1024;

async function copied(content: Uint8Array): Promise<string> {
  const folder = tempFolder("sparse");
  const path = join(folder, "from");
  writeFileSync(path, content);
  await using from = await open(path);
  await copySparse(from, join(folder, "to"));
  return join(folder, "to");
}

test("copies every byte, and gives runs of zeros no space", async () => {
  const content = Buffer.alloc(5 * MIB + 100);
  content.fill(7, 0, 10);
  content.fill(8, 2 * MIB - 1, 2 * MIB + 1);
  content.fill(9, 5 * MIB + 99);
  const to = await copied(content);
  expect(readFileSync(to).equals(content)).toBe(true);
  expect(statSync(to).blocks * 512).toBeLessThan(MIB);
  expect(statSync(to).mode & 0o777).toBe(0o600);
});

test("copies a part of a file, as far as the file goes", async () => {
  const folder = tempFolder("sparse");
  const content = Buffer.from(Array.from({ length: 2 * MIB }, (_, at) => at % 251));
  writeFileSync(join(folder, "from"), content);
  await using from = await open(join(folder, "from"));
  await copySparse(from, join(folder, "part"), { offsetBytes: 700, lengthBytes: MIB + 5 });
  expect(readFileSync(join(folder, "part")).equals(content.subarray(700, 705 + MIB))).toBe(true);
  await copySparse(from, join(folder, "end"), { offsetBytes: 2 * MIB - 9, lengthBytes: MIB });
  expect(readFileSync(join(folder, "end")).equals(content.subarray(-9))).toBe(true);
});

test("copies what is empty, and what is nothing but zeros", async () => {
  expect(statSync(await copied(Buffer.alloc(0))).size).toBe(0);
  const zeros = await copied(Buffer.alloc(3 * MIB));
  expect(statSync(zeros)).toMatchObject({ size: 3 * MIB, blocks: 0 });
});

test("does not write over a file that is there", async () => {
  const to = await copied(Buffer.from("x"));
  await using from = await open(to);
  await expect(copySparse(from, to)).rejects.toMatchObject({ code: "EEXIST" });
  expect(readFileSync(to, "utf8")).toBe("x");
});
