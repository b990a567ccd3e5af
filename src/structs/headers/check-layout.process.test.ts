import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { array, bytes } from "../array.js";
import type { AnyType } from "../c-type.js";
import { i32, pointer, u16, u32, u64, u8 } from "../scalars.js";
import { struct } from "../struct.js";
import { union } from "../union.js";
import { checkLayout } from "./check-layout.js";
import { tempFolder } from "../../../test/temp-folder.js";

const folder = tempFolder("headers");

const header = join(folder, "it's the header.h");
writeFileSync(
  header,
  `
  typedef unsigned long long size_type;
  struct init { unsigned version; unsigned flags; const volatile size_type dispatch_func; };
  typedef struct init init_type;
  struct mixed {
    unsigned char kind;
    union { unsigned number; struct { unsigned short low, high; }; };
    struct { void *base; size_type length; } pieces[2];
    enum { ONE } which;
    int grid[2][3];
    char name[16];
  };
  struct bits { unsigned a : 3, b : 29; int whole; unsigned char c : 4; };
  union either { unsigned a; size_type b; };
  struct __attribute__((packed)) tight { unsigned char a; unsigned b; };
  struct unknown;
  `,
);

async function tableOf(type: AnyType, typeName: string): Promise<readonly string[]> {
  const error: unknown = await checkLayout(type, header, typeName).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: "layout-differs", who: "usage" });
  const [first, , ...rows] = (error as Error).message.split("\n");
  expect(first).toBe(`${typeName} in ${header} is not what was described:`);
  return rows.map((row) => row.trim().replace(/ {2,}/g, " | "));
}

test("says nothing of a struct that is as the header has it", async () => {
  const init = struct({ version: u32, flags: u32, dispatchFunc: u64 });
  await checkLayout(init, header, "struct init");
  await checkLayout(init, header, "init_type");
  await checkLayout(union({ a: u32, b: u64 }), header, "union either");
});

test("looks into nested structs, unions and arrays, with and without a name", async () => {
  const parts = struct({ low: u16, high: u16 });
  const mixed = struct(
    {
      kind: u8,
      value: union({ number: u32, parts }, { cNames: { parts: "" } }),
      pieces: array(struct({ base: pointer, length: u64 }), 2),
      which: u32,
      grid: array(array(i32, 3), 2),
      name: bytes(16),
    },
    { cNames: { value: "" } },
  );
  await checkLayout(mixed, header, "struct mixed");
});

test("lists every member that is elsewhere, of another size, missing, or too many", async () => {
  const init = struct({ version: u64, flag: u32, dispatchFunc: u64 });
  expect(await tableOf(init, "struct init")).toEqual([
    "sizeof | 24 bytes | 16 bytes",
    "version | offset 0, 8 bytes | offset 0, 4 bytes",
    "flag | offset 8, 4 bytes | none",
    "dispatch_func | offset 16, 8 bytes | offset 8, 8 bytes",
    "flags | none | offset 4, 4 bytes",
  ]);
});

test("names a difference within a member by its path", async () => {
  const mixed = struct(
    {
      kind: u8,
      number: u32,
      pieces: array(struct({ length: u64, base: pointer }), 2),
      which: struct({ low: u16, high: u16 }),
      grid: array(i32, 6),
      name: bytes(16),
    },
    {},
  );
  expect(await tableOf(mixed, "struct mixed")).toEqual([
    "pieces[].length | offset 0, 8 bytes | offset 8, 8 bytes",
    "pieces[].base | offset 8, 8 bytes | offset 0, 8 bytes",
    "which | struct | enum",
    "grid | array of 6 × 4 bytes | array of 2 × 12 bytes",
    "low | none | offset 4, 2 bytes",
    "high | none | offset 6, 2 bytes",
  ]);
});

test("a number may stand for the bit-fields that it covers, and only for those", async () => {
  await checkLayout(struct({ flags: u32, whole: i32, more: u8 }), header, "struct bits");
  expect(await tableOf(struct({ a: u32, whole: i32, more: u8 }), "struct bits")).toEqual([
    "a | offset 0, 4 bytes | bit 0, 3 bits",
    "b | none | bit 3, 29 bits",
  ]);
});

test("sees a packed struct by its alignment", async () => {
  expect(await tableOf(struct({ a: u8, b: u32 }), "struct tight")).toEqual([
    "sizeof | 8 bytes | 5 bytes",
    "_Alignof | 4 bytes | 1 bytes",
    "b | offset 4, 4 bytes | offset 1, 4 bytes",
  ]);
});

test("finds what the header needs, and compiles for the machine that was asked for", async () => {
  const sys = join(folder, "include", "sys");
  mkdirSync(sys, { recursive: true });
  writeFileSync(join(sys, "kinds.h"), "typedef unsigned int kind_type;\n");
  const needy = join(folder, "needy.h");
  writeFileSync(
    needy,
    `#ifdef _KERNEL
    struct needy { kind_type kind; char room[ROOM]; long word; };
    #endif
    `,
  );
  const options = {
    includeDirs: [join(folder, "include")],
    includes: ["sys/kinds.h"],
    defines: { _KERNEL: 1, ROOM: "(2 + 2)" },
  };
  await checkLayout(
    struct({ kind: u32, room: bytes(4), word: u64 }),
    needy,
    "struct needy",
    options,
  );
  const narrow = struct({ kind: u32, room: bytes(4), word: u32 });
  await expect(checkLayout(narrow, needy, "struct needy", options)).rejects.toThrow("word");
  const arm = { ...options, target: "aarch64-unknown-freebsd" };
  await checkLayout(struct({ kind: u32, room: bytes(4), word: u64 }), needy, "struct needy", arm);
  const windows = { ...options, target: "x86_64-pc-windows-msvc" };
  await expect(checkLayout(narrow, needy, "struct needy", windows)).rejects.toMatchObject({
    code: "header-type-invalid",
  });
});

test("passes on what clang says of a header that does not compile", async () => {
  const init = struct({ version: u32 });
  await expect(checkLayout(init, header, "struct unknown")).rejects.toMatchObject({
    code: "header-not-compiled",
    message: expect.stringContaining("struct unknown") as string,
  });
  const missing = join(folder, "missing.h");
  await expect(checkLayout(init, missing, "struct init")).rejects.toThrow(
    "missing.h' file not found",
  );
  await expect(checkLayout(init, header, "struct init; int x")).rejects.toMatchObject({
    code: "header-type-invalid",
    who: "usage",
  });
});

test("says that clang is missing where it is", async () => {
  vi.stubEnv("PATH", folder);
  try {
    await expect(checkLayout(struct({ a: u8 }), header, "struct init")).rejects.toMatchObject({
      code: "program-missing",
      who: "host",
    });
  } finally {
    vi.unstubAllEnvs();
  }
});
