import fc from "fast-check";
import { expect, test } from "vitest";
import { buildElf } from "../../test/fixtures/elf-file.js";
import { memorySource } from "./byte-source.js";
import { crcOf, debugLinkOf, type DebugLink } from "./debug-link.js";
import { readElf } from "./elf.js";
import { linuxPayload } from "./linux-payload.js";

function linkIn(bytes: Uint8Array): DebugLink | undefined {
  const elf = buildElf({
    sections: [
      { name: "", type: 0, bytes: Buffer.alloc(0) },
      { name: ".gnu_debuglink", type: 1, bytes },
    ],
  });
  return debugLinkOf(readElf(memorySource(elf))!);
}

const section = (name: string): Buffer => {
  const bytes = Buffer.alloc((Math.floor(name.length / 4) + 1) * 4 + 4);
  bytes.write(name);
  bytes.writeUInt32LE(0xcbf43926, bytes.length - 4);
  return bytes;
};

test("reads the name and the checksum, which is that of gzip", () => {
  expect(linkIn(section("kernel.debug"))).toEqual({ name: "kernel.debug", crc: 0xcbf43926 });
  expect(crcOf(memorySource(Buffer.from("123456789")))).toBe(0xcbf43926);
});

test.each(["../kernel", "/etc/passwd", "..", ""])("takes %j for no name", (name) => {
  expect(linkIn(section(name))).toBeUndefined();
});

test("gives a plain name or nothing, whatever the section holds", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const name = linkIn(bytes)?.name;
      if (name !== undefined) expect(name).toMatch(/^[^/\0]+$/);
    }),
  );
});

test("a bzImage's payload lies within it, whatever its header says", () => {
  const image = Buffer.alloc(8192);
  image.write("HdrS", 0x202);
  const number = fc.oneof(fc.nat(9000), fc.constantFrom(0xffffffff, 0x80000000, 0));
  fc.assert(
    fc.property(fc.nat(255), number, number, (sectors, offset, bytes) => {
      image.fill(0x1f, 1024, 8192);
      for (let at = 1025; at < 8192; at += 2) image[at] = 0x8b;
      image.writeUInt8(sectors, 0x1f1);
      image.writeUInt32LE(offset, 0x248);
      image.writeUInt32LE(bytes, 0x24c);
      const payload = linuxPayload(memorySource(image));
      if (payload === undefined) return;
      expect(payload.unpackedBy[0]).toBe("gzip");
      expect(payload.offsetBytes + payload.sizeBytes).toBeLessThanOrEqual(image.length);
    }),
  );
});
