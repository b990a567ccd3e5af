/**
 * Structs as clang lays them out, and as they come back: over random definitions, nested arrays, structs and unions
 * included.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkLayout, struct } from "../src/index.js";
import type { Member } from "../src/structs/c-type.js";
import { openFileSource } from "../src/disk/file-source.js";
import { runCommand } from "../src/host/command.js";
import { bytesAt, readElf } from "../src/binary/elf.js";
import {
  randomPlainStruct,
  randomStruct,
  withValue,
  type RandomStruct,
} from "./structs/random-layouts.js";
import { tempFolder } from "./temp-folder.js";

const folder = tempFolder("structs");

test("what was written is read back, and writes the same again", () => {
  fc.assert(
    fc.property(withValue(randomPlainStruct), ({ type, value }) => {
      const written = type.encode(value);
      const read = type.decode(written);
      expect(read).toEqual(value);
      expect(type.encode(read as object)).toEqual(written);
    }),
    { numRuns: 200 },
  );
});

test("what was written to a union is read back as that member", () => {
  fc.assert(
    fc.property(withValue(randomStruct), ({ type, value }) => {
      const written = type.encode(value);
      expect(written).toHaveLength(type.size);
      expect(type.decode(written)).toMatchObject(value);
    }),
    { numRuns: 200 },
  );
});

const manyStructs = fc.array(randomStruct, { minLength: 40, maxLength: 60 });

test("size, alignment and every offset are those that clang computes", async () => {
  await fc.assert(
    fc.asyncProperty(manyStructs, async (structs) => {
      const ours = structs.flatMap(({ type }) => [
        ...[type.size, type.alignment],
        ...(type.shape.kind === "struct" ? type.shape.members.map(offsetOf) : []),
      ]);
      expect(ours).toEqual(await askClang(structs));
    }),
    { numRuns: 2, endOnFailure: true },
  );
});

test("the layout check finds no difference in any of them, however deep", async () => {
  await fc.assert(
    fc.asyncProperty(manyStructs, async (structs) => {
      const header = join(folder, "all.h");
      const members = structs.map(({ declare }, index) => `${declare(`s${index}`)};\n`).join("");
      writeFileSync(header, `struct all {\n${members}};\n`);
      const all = struct(
        Object.fromEntries(structs.map(({ type }, index) => [`s${index}`, type] as const)),
      );
      await checkLayout(all, header, "struct all");
    }),
    { numRuns: 2, endOnFailure: true },
  );
});

function offsetOf({ offsetBytes }: Member): number {
  return offsetBytes;
}

/** One object with one array of constants: for each struct its size, its alignment and its members' offsets. */
async function askClang(structs: readonly RandomStruct[]): Promise<readonly number[]> {
  const source = join(folder, "facts.c");
  const object = join(folder, "facts.o");
  const types = structs.map(({ declare }, index) => `typedef ${declare(`t${index}`)};`);
  const facts = structs.flatMap(({ type }, index) => [
    ...[`sizeof(t${index})`, `_Alignof(t${index})`],
    ...Object.keys(type.fields).map((name) => `__builtin_offsetof(t${index}, ${name})`),
  ]);
  const constants = `const unsigned int facts[] __attribute__((section(".facts"))) = {${facts.join(",")}};`;
  writeFileSync(source, [...types, constants, ""].join("\n"));
  const argv = ["clang", "-target", "x86_64-unknown-freebsd", "-c", source, "-o", object];
  expect(await runCommand({ argv }, 60_000)).toMatchObject({ code: 0 });
  using file = openFileSource(object);
  const section = readElf(file)!.sections.find(({ name }) => name === ".facts")!;
  const bytes = bytesAt(file, section.offsetBytes, section.sizeBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return facts.map((_, index) => view.getUint32(4 * index, true));
}
