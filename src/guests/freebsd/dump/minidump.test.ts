import { expect, test } from "vitest";
import { composeMinidump } from "../../../../test/fixtures/freebsd-dump-disk.js";
import { contentOf } from "./minidump.js";

test("a minidump and a core file are told apart by their first bytes", () => {
  const dump = composeMinidump();
  expect(contentOf(dump, dump.length)).toEqual({ what: "minidump, version 3" });
  const core = Buffer.alloc(128);
  core.write("\x7fELF", "latin1");
  expect(contentOf(core, 4096)).toEqual({ what: "all of memory" });
  expect(contentOf(Buffer.alloc(128), 4096).wrong).toMatch(/neither as a minidump nor as a core/);
});

test("a minidump whose parts are longer than itself is told of", () => {
  expect(contentOf(composeMinidump(), 4 * 4096)).toEqual({
    what: "minidump, version 3",
    wrong: "its parts end at byte 20480, and it has 16384",
  });
});
