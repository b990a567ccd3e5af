import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../../test/temp-folder.js";
import { crossCompiler } from "./cross-compiler.js";

function folderWith(...tools: readonly string[]): string {
  const folder = join(tempFolder("llvm"), "bin");
  mkdirSync(folder);
  for (const tool of tools) writeFileSync(join(folder, tool), "");
  return folder;
}

test("names the tools of the first folder with a clang", () => {
  const [none, clang] = [folderWith("ld.lld"), folderWith("clang", "clang++", "ld.lld")];
  expect(crossCompiler({}, [none, clang])).toEqual({
    XCC: join(clang, "clang"),
    XCXX: join(clang, "clang++"),
    XLD: join(clang, "ld.lld"),
  });
});

test("prefers a folder that has the linker and the preprocessor, too", () => {
  const whole = folderWith("clang", "clang++", "clang-cpp", "ld.lld");
  expect(crossCompiler({}, [folderWith("clang"), whole])["XCC"]).toBe(join(whole, "clang"));
});

test("leaves a compiler that the user named alone, and a linker", () => {
  const clang = folderWith("clang", "ld.lld");
  expect(crossCompiler({ XCC: "/mine/clang" }, [clang])).toEqual({});
  expect(crossCompiler({ XLD: "/mine/ld" }, [clang])).toEqual({ XCC: join(clang, "clang") });
});

test("says where it looked when there is none", () => {
  expect(() => crossCompiler({}, ["/nowhere/a", "/nowhere/b"])).toThrow(
    expect.objectContaining({
      code: "cross-compiler-missing",
      who: "host",
      message: expect.stringContaining("/nowhere/a, /nowhere/b") as string,
    }) as Error,
  );
});
