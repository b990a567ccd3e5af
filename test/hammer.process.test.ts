import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { readElf } from "../src/binary/elf.js";
import { memorySource } from "../src/binary/byte-source.js";
import { tempFolder } from "./temp-folder.js";
import { buildHammer } from "./twq/build-hammer.js";

it("builds the hammer for FreeBSD from sources that the agent's compiler has nothing to say about", () => {
  const program = buildHammer(tempFolder("hammer"));
  expect(readElf(memorySource(readFileSync(program), program))).toBeDefined();
});
