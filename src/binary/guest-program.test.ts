import { expect, test } from "vitest";
import { memorySource } from "./byte-source.js";
import { identifyGuestProgram } from "./guest-program.js";
import { buildElf, elfNote, type TestSegment } from "../../test/fixtures/elf-file.js";

const identify = (bytes: Uint8Array) => identifyGuestProgram(memorySource(bytes, "probe"));
const interpreter = (path: string): TestSegment => ({ type: 3, bytes: Buffer.from(`${path}\0`) });
const note = (name: string, data: Uint8Array): TestSegment => ({
  type: 4,
  bytes: Buffer.concat([elfNote("GNU", 3, Buffer.alloc(20)), elfNote(name, 1, data)]),
});

test.each([
  ["a FreeBSD ABI note", { segments: [note("FreeBSD", Buffer.alloc(4))] }, "freebsd", true],
  ["a GNU ABI note for Linux", { segments: [note("GNU", Buffer.alloc(16))] }, "linux", true],
  ["the FreeBSD OS/ABI byte", { osAbi: 9 }, "freebsd", true],
  ["the Linux OS/ABI byte", { osAbi: 3 }, "linux", true],
  ["FreeBSD's linker", { segments: [interpreter("/libexec/ld-elf.so.1")] }, "freebsd", false],
  ["glibc's linker", { segments: [interpreter("/lib64/ld-linux-x86-64.so.2")] }, "linux", false],
  ["musl's linker", { segments: [interpreter("/lib/ld-musl-x86_64.so.1")] }, "linux", false],
  [
    "a note against the byte",
    { osAbi: 3, segments: [note("FreeBSD", Buffer.alloc(4))] },
    "freebsd",
    true,
  ],
  ["nothing", { segments: [note("GNU", Buffer.from([1, 0, 0, 0]))] }, "unknown", true],
] as const)("tells the system by %s", (_name, elf, os, isStatic) => {
  expect(identify(buildElf(elf))).toMatchObject({ os, arch: "amd64", isStatic });
});

test("names the machine of a program for another one", () => {
  expect(identify(buildElf({ machine: 183, osAbi: 9 }))).toMatchObject({ arch: "arm64" });
});

test("takes a static position-independent program, but no shared library", () => {
  expect(identify(buildElf({ type: 3, osAbi: 9 }))).toMatchObject({ isStatic: true });
  expect(() => identify(buildElf({ type: 3, entry: 0n }))).toThrow("is a shared library");
});

test("takes a script, with the interpreter that the guest must have", () => {
  expect(identify(Buffer.from("#! /bin/sh -e\nexit 0\n"))).toEqual({
    os: "unknown",
    arch: "any",
    isStatic: false,
    interpreter: "/bin/sh",
  });
});

test.each([
  ["an ELF relocatable file", buildElf({ type: 1 })],
  ["an ELF core file", buildElf({ type: 4 })],
  ["a text file", Buffer.from("int main(void);\n")],
  ["empty", Buffer.alloc(0)],
])("refuses %s", (found, bytes) => {
  expect(() => identify(bytes)).toThrow(
    expect.objectContaining({
      code: "program-not-a-program",
      message: `probe is ${found}, expected a program for the guest`,
    }),
  );
});
