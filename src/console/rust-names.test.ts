import fc from "fast-check";
import { expect, test } from "vitest";
import { rustPath } from "./rust-names.js";

test.each([
  ["_RNvMs4_NtCs1a2b3c_8rust_twq6threadNtB5_6Thread4wake", "rust_twq::thread::Thread::wake"],
  ["_RNvNtCsdBezzDwma51_4core9panicking9panic_fmt", "core::panicking::panic_fmt"],
  ["_RNvCscSpY9Juk0HT_7___rustc17rust_begin_unwind", "__rustc::rust_begin_unwind"],
  ["_R", "_R"],
])("%s is %s", (symbol, path) => expect(rustPath(symbol)).toBe(path));

test("ends whatever the name is", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[NsBC0-9_a-z]{0,40}$/), (rest) => {
      expect(rustPath(`_R${rest}`).length).toBeLessThanOrEqual(2 * rest.length + 2);
    }),
  );
});
