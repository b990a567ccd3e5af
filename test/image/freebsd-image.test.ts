import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { LaneError } from "../../src/base/errors.js";
import { openFile } from "../../src/disk/ufs2/content.js";
import { requireInode, readFile } from "../../src/disk/ufs2/lookup.js";
import { openFreebsdImage } from "../../src/guests/freebsd/image.js";
import { overviewOf } from "../../src/guests/freebsd/overview.js";
import { findDebugSymbols } from "../../src/guests/debug-symbols.js";
import { buildElf, elfNote } from "../fixtures/elf-file.js";
import { buildFreebsdKernel } from "../fixtures/freebsd-kernel-file.js";
import { kernelSymbols } from "../../src/guests/freebsd/kernel-symbols.js";
import { findSlots } from "../../src/guests/freebsd/slots.js";
import { effectiveSetting, readLoaderSettings } from "../../src/guests/freebsd/loader-settings.js";
import { damageSuperblock } from "./damage.js";
import { makeGuest } from "./freebsd-tree.js";
import { applyEdits, scratchPath } from "./tools.js";
import { FIXTURES, unpackFixture } from "./unpack.js";

const guest = makeGuest();

test("finds every kernel, the stock one first, and says of each who it is or why that is not known", () => {
  using image = openFreebsdImage(guest);
  const slots = findSlots(image).map(({ name, path, kernel, trouble }) => {
    return { name, path, is: kernel?.ident ?? trouble };
  });
  expect(slots).toEqual([
    { name: "kernel", path: "/boot/kernel/kernel", is: "GENERIC" },
    { name: "TWQDEBUG", path: "/boot/TWQDEBUG/kernel", is: "TWQDEBUG" },
    {
      name: "broken",
      path: "/boot/broken/kernel",
      is: expect.stringContaining("a text file") as string,
    },
    { name: "linked", path: "/boot/linked/kernel", is: "TWQDEBUG" },
    {
      name: "packed",
      path: "/boot/packed/kernel.gz",
      is: expect.stringContaining("a gzip file") as string,
    },
  ]);
});

test("reads what the loader will see, and which file has the last word", () => {
  using image = openFreebsdImage(guest);
  const settings = readLoaderSettings(image);
  expect(settings.readsConfDir).toBe(true);
  expect(effectiveSetting(settings, "kernel")).toMatchObject({
    value: "TWQDEBUG",
    file: "/boot/loader.conf.d/50-mine.conf",
  });
});

test("an overview has the file system, the kernels and the settings that matter", () => {
  using image = openFreebsdImage(guest);
  expect(overviewOf(image)).toMatchObject({
    format: "raw",
    scheme: "none",
    userland: "15.0-STABLE",
    fileSystem: { blockBytes: 8192, fragmentBytes: 1024, journal: false, clean: true },
    loader: { kind: "lua", readsConfDir: true, modules: ["if_mine"] },
    // A bare file system, which no firmware boots.
    warnings: [expect.stringContaining("nothing can be booted here") as string],
  });
});

test.each(FIXTURES)("%s: describes what FreeBSD's own newfs made", (name) => {
  using image = openFreebsdImage(unpackFixture(name));
  const isGpt = name === "newfs-suj-gpt";
  expect(overviewOf(image)).toMatchObject({
    scheme: isGpt ? "gpt" : "none",
    fileSystem: { softUpdates: isGpt, journal: isGpt, clean: true },
    kernels: [{ name: "kernel", ident: null }],
  });
});

test("looks into a file system that was not unmounted, and warns that nothing can be staged there", () => {
  using sound = openFreebsdImage(guest);
  const path = applyEdits(guest, [damageSuperblock(sound.fs, { clean: 0 })]);
  using image = openFreebsdImage(path);
  const { fileSystem, kernels, warnings } = overviewOf(image);
  expect([fileSystem.clean, kernels.length]).toEqual([false, 5]);
  expect(warnings[0]).toContain("nothing can be staged here");
});

test("warns of one bad GPT header and uses the other", () => {
  const path = scratchPath("one-header.img");
  copyFileSync(unpackFixture("newfs-suj-gpt"), path);
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(512), 0, 512, 512);
  closeSync(file);
  using image = openFreebsdImage(path);
  expect(image.warnings).toEqual([expect.stringContaining("primary GPT header") as string]);
  expect(image.typeAt("/boot/kernel/kernel")).toBe("file");
});

test("names the functions of the image's own kernel, and of a file until it is built anew", () => {
  const path = makeGuest({ "boot/kernel/kernel": buildFreebsdKernel({ ident: "GENERIC" }) });
  const own = { path: "/boot/kernel/kernel", identity: { label: "GENERIC" }, origin: "" };
  const found = { name: "kern_ident", offsetBytes: 4 };
  expect(kernelSymbols({ image: path }, own)(0xffffffff80200204n)).toEqual(found);
  expect(kernelSymbols({ image: path }, own)(0x200n)).toBeUndefined();
  const file = scratchPath("kernel");
  writeFileSync(file, buildFreebsdKernel({ ident: "TWQDEBUG" }));
  const symbolAt = kernelSymbols({ image: path }, { ...own, path: file, slot: "TWQDEBUG" });
  expect(symbolAt(0xffffffff80200204n)).toEqual(found);
  writeFileSync(file, Buffer.concat([buildFreebsdKernel({ ident: "TWQDEBUG" }), Buffer.alloc(9)]));
  expect(symbolAt(0xffffffff80200204n)).toBeUndefined();
  expect(kernelSymbols({ image: "/nowhere" }, own)(0x200n)).toBeUndefined();
});

const kernelOf = (id: number, ...sections: readonly string[]) =>
  buildElf({
    sections: [
      { name: "", type: 0, bytes: Buffer.alloc(0) },
      { name: ".note.gnu.build-id", type: 7, bytes: elfNote("GNU", 3, Buffer.alloc(20, id)) },
      ...sections.map((name) => ({ name, type: 1, bytes: Buffer.alloc(8) })),
    ],
  });

test.each([
  ["the image's debug file", kernelOf(1, ".debug_info"), "kernel.debug", true, 0],
  ["its kernel, beside a debug file of another build", kernelOf(2), "kernel", false, 1],
  ["its kernel, where there is no debug file", undefined, "kernel", false, 0],
])("copies %s out for a debugger", (_, debug, name, hasLines, others) => {
  const image = makeGuest({
    "boot/kernel/kernel": kernelOf(1),
    ...(debug && { "usr/lib/debug/boot/kernel/kernel.debug": debug }),
  });
  const folder = dirname(scratchPath("x"));
  const kernel = { path: "/boot/kernel/kernel", identity: { label: "GENERIC" }, origin: "" };
  const found = findDebugSymbols({ family: "freebsd", kernel, image, folder });
  expect(found).toMatchObject({ path: join(folder, name), hasLines });
  expect(found.otherBuilds).toHaveLength(others);
  expect(readFileSync(found.path!)).toEqual(
    debug !== undefined && others === 0 ? debug : kernelOf(1),
  );
  rmSync(found.path!);
});

test("says where it looked for symbols when an image has none", () => {
  const image = makeGuest({ "boot/kernel/kernel": "packed" });
  const kernel = { path: "/boot/kernel/kernel", identity: { label: "GENERIC" }, origin: "" };
  expect(findDebugSymbols({ family: "freebsd", kernel, image, folder: "/nowhere" })).toEqual({
    hasLines: false,
    lookedFor: [`${image}:/usr/lib/debug/boot/kernel/kernel.debug`, `${image}:/boot/kernel/kernel`],
    otherBuilds: [],
  });
});

test("a link that leads in a circle or nowhere is nothing", () => {
  using image = openFreebsdImage(guest);
  for (const path of ["/boot/circle", "/boot/nowhere"]) {
    expect([image.typeAt(path), image.readText(path), image.namesIn(path)]).toEqual([
      undefined,
      undefined,
      [],
    ]);
  }
});

test("refuses a text that no configuration can be", () => {
  using image = openFreebsdImage(unpackFixture("newfs-suj-gpt"));
  expect(() => image.readText("/deep/big")).toThrow(
    expect.objectContaining({ code: "guest-file-too-large" }) as Error,
  );
});

test("refuses a /boot with more names than any guest has", () => {
  const names = Array.from({ length: 260 }, (_, index) => [`boot/${index}`, "x"] as const);
  using image = openFreebsdImage(makeGuest(Object.fromEntries(names)));
  expect(() => findSlots(image)).toThrow(
    expect.objectContaining({ code: "guest-directory-too-full", who: "image" }) as Error,
  );
});

test("a file within the image is a disk of the same bytes, holes and indirect blocks included", () => {
  using image = openFreebsdImage(unpackFixture("newfs-suj-gpt"));
  for (const path of ["/deep/big", "/deep/sparse", "/etc/rc.conf"]) {
    const whole = readFile(image.fs, path);
    const disk = openFile(image.fs, requireInode(image.fs, path));
    expect(disk.sizeBytes).toBe(whole.length);
    for (const at of [0, 1, 32767, 393_215, 1_000_000, whole.length - 7]) {
      const start = Math.min(Math.max(at, 0), whole.length);
      const length = Math.min(70_001, whole.length - start);
      const read = disk.read(start, length);
      expect(Buffer.compare(read, whole.subarray(start, start + length))).toBe(0);
      expect(read.byteLength).toBe(read.buffer.byteLength);
    }
    expect(() => disk.read(whole.length, 1)).toThrow(
      expect.objectContaining({ code: "disk-out-of-range" }) as Error,
    );
  }
});

/** Where something else than zeros is: damage elsewhere would mostly go unseen. */
function piecesInUse(bytes: Buffer): readonly number[] {
  const pieceBytes = 64;
  const zeros = Buffer.alloc(pieceBytes);
  const starts = Array.from(
    { length: bytes.length / pieceBytes },
    (_, index) => index * pieceBytes,
  );
  return starts.filter((at) => bytes.compare(zeros, 0, pieceBytes, at, at + pieceBytes) !== 0);
}

test("a damaged image is described, or refused with an error of ours", () => {
  const sound = readFileSync(guest);
  const starts = piecesInUse(sound);
  const path = scratchPath("fuzzed.img");
  const damage = fc.record({
    start: fc.constantFrom(...starts),
    byte: fc.nat(63),
    value: fc.constantFrom(0, 1, 0x7f, 0x80, 0xff),
  });
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 12 }), (damages) => {
      const bytes = Buffer.from(sound);
      for (const { start, byte, value } of damages) bytes[start + byte] = value;
      writeFileSync(path, bytes);
      try {
        using image = openFreebsdImage(path);
        expect(overviewOf(image).kernels.length).toBeLessThan(20);
      } catch (error) {
        expect(error).toBeInstanceOf(LaneError);
      }
    }),
    { numRuns: 150 },
  );
});
