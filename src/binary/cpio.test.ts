import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeCpio, encodeCpio, type CpioEntry } from "./cpio.js";

const initramfs: readonly CpioEntry[] = [
  { type: "directory", path: "dev", mode: 0o755, mtimeSeconds: 0 },
  {
    type: "character-device",
    path: "dev/console",
    mode: 0o600,
    major: 5,
    minor: 1,
    mtimeSeconds: 0,
  },
  { type: "file", path: "init", mode: 0o755, data: Buffer.from("agent"), mtimeSeconds: 0 },
  { type: "symlink", path: "linuxrc", mode: 0o777, target: "init", mtimeSeconds: 7 },
];

test("gives the entries back as they were put in", () => {
  expect(normal(decodeCpio(encodeCpio(initramfs)))).toEqual(normal(initramfs));
});

test("writes the bytes of the format's document", () => {
  const archive = Buffer.from(encodeCpio([{ type: "directory", path: "dev", mode: 0o755 }]));
  expect(archive.toString("latin1", 0, 114)).toBe(
    "070701" +
      "00000001" + // inode
      "000041ED" + // mode
      "00000000".repeat(2) + // owner, group
      "00000002" + // links
      "00000000".repeat(6) + // time, data, devices
      "00000004" + // name
      "00000000" + // checksum
      "dev\0",
  );
  expect(archive.length).toBe(512);
});

test("gives the same bytes for the same entries", () => {
  expect(encodeCpio(initramfs)).toEqual(encodeCpio(initramfs));
});

test.each([
  ["an absolute path", [{ type: "directory", path: "/dev", mode: 0o755 }]],
  ["a path that climbs", [{ type: "directory", path: "../dev", mode: 0o755 }]],
  ["an entry before its directory", [{ type: "directory", path: "a/b", mode: 0o755 }]],
  [
    "a file as a parent",
    [
      { type: "file", path: "a", mode: 0o644, data: new Uint8Array(1) },
      { type: "directory", path: "a/b", mode: 0o755 },
    ],
  ],
  ["a path twice", [initramfs[0]!, initramfs[0]!]],
  ["the trailer's name", [{ type: "directory", path: "TRAILER!!!", mode: 0o755 }]],
  ["a mode with a file type", [{ type: "directory", path: "a", mode: 0o40755 }]],
] satisfies [string, CpioEntry[]][])("refuses to write %s", (_name, entries) => {
  expect(() => encodeCpio(entries)).toThrow(expect.objectContaining({ code: "cpio-bad-entry" }));
});

test("refuses bytes that are no newc archive, and says where", () => {
  expect(() => decodeCpio(Buffer.alloc(512, "070707"))).toThrow(
    'not a whole newc cpio archive: at byte 0 found "070707"',
  );
});

test("any prefix of an archive, and any changed byte of a header, ends in an answer or in cpio-damaged", () => {
  const archive = encodeCpio(initramfs);
  const readable = (bytes: Uint8Array): void => {
    try {
      decodeCpio(bytes);
    } catch (error) {
      expect(error).toMatchObject({ code: "cpio-damaged", who: "image" });
    }
  };
  const trailerAt = Buffer.from(archive).indexOf("TRAILER!!!");
  expect(() => decodeCpio(archive.subarray(0, trailerAt))).toThrow("bytes past the end");
  fc.assert(
    fc.property(fc.nat(archive.length - 1), fc.nat(255), (at, value) => {
      readable(archive.subarray(0, at));
      readable(archive.with(at, value));
    }),
  );
});

test("encoding and decoding agree for any tree", () => {
  const name = fc.stringMatching(/^[a-z0-9_é-]{1,12}$/);
  const mode = fc.nat(0o7777);
  const mtimeSeconds = fc.nat(0x7fffffff);
  const leaf = fc.oneof(
    fc.record({
      type: fc.constant("file" as const),
      path: name,
      mode,
      mtimeSeconds,
      data: fc.uint8Array({ maxLength: 40 }),
    }),
    fc.record({
      type: fc.constant("symlink" as const),
      path: name,
      mode,
      mtimeSeconds,
      target: fc.string({ minLength: 1 }),
    }),
    fc.record({
      type: fc.constant("character-device" as const),
      path: name,
      mode,
      mtimeSeconds,
      major: fc.nat(4095),
      minor: fc.nat(0xfffff),
    }),
  );
  const tree = fc.tuple(
    name,
    fc.uniqueArray(leaf, { selector: (entry) => entry.path, maxLength: 6 }),
  );
  fc.assert(
    fc.property(tree, ([folder, leaves]) => {
      const entries: CpioEntry[] = [
        { type: "directory", path: folder, mode: 0o700, mtimeSeconds: 1 },
        ...leaves.map((entry) => ({ ...entry, path: `${folder}/${entry.path}` })),
      ];
      expect(normal(decodeCpio(encodeCpio(entries)))).toEqual(normal(entries));
    }),
  );
});

/** File contents as plain arrays: a Buffer and a Uint8Array of the same bytes are not equal to the matcher. */
function normal(entries: readonly CpioEntry[]): unknown[] {
  return entries.map((entry) =>
    entry.type === "file" ? { ...entry, data: [...entry.data] } : entry,
  );
}
