import { expect, test } from "vitest";
import { buildModule } from "../../test/fixtures/freebsd-module-file.js";
import { buildFreebsdKernel } from "../../test/fixtures/freebsd-kernel-file.js";
import { memorySource } from "./byte-source.js";
import { readElf } from "./elf.js";
import { moduleMetadata } from "./module-metadata.js";

const metadataOf = (file: Uint8Array) => moduleMetadata(readElf(memorySource(file))!);

test("names what a module needs, and what others may need of it", () => {
  const module = buildModule({ needs: ["kernel", "virtio"], provides: ["virtio_console"] });
  expect(metadataOf(module)).toEqual({ needs: ["kernel", "virtio"], provides: ["virtio_console"] });
});

test("nothing is known of a kernel without the set", () => {
  expect(metadataOf(buildFreebsdKernel({ ident: "GENERIC" }))).toEqual({ needs: [], provides: [] });
});
