import { expect, test } from "vitest";
import { memorySource } from "../../../binary/byte-source.js";
import { buildModule } from "../../../../test/fixtures/freebsd-module-file.js";
import { filesToLoad } from "./files-to-load.js";

const files: Readonly<Record<string, Uint8Array>> = {
  "/boot/kernel/one.ko": buildModule({ provides: ["one"], needs: ["kernel", "two"] }),
  "/boot/modules/two.ko": buildModule({ provides: ["two"], needs: ["kernel"] }),
  "/boot/kernel/lonely.ko": buildModule({ provides: ["lonely"], needs: ["nowhere"] }),
  "/boot/kernel/text.ko": Buffer.from("no module\n"),
  "/boot/entropy": Buffer.from("random"),
};

function load(variables: Readonly<Record<string, string>>) {
  const all = { module_path: "/boot/kernel;/boot/modules", ...variables };
  return filesToLoad(new Map(Object.entries(all)), () => ({ needs: [], provides: ["virtio"] }), {
    open: (path) => (files[path] ? memorySource(files[path], path) : undefined),
  });
}

test("a module comes with what it needs and the kernel has not, each once", () => {
  expect(load({ one_load: "YES", two_load: "yes" })).toEqual([
    { path: "/boot/kernel/one.ko" },
    { path: "/boot/modules/two.ko" },
  ]);
});

test("a file with a type is loaded as it is, under the name that it is given", () => {
  const variables = { e_load: "YES", e_name: "/boot/entropy", e_type: "boot_entropy_cache" };
  expect(load(variables)).toEqual([{ path: "/boot/entropy", type: "boot_entropy_cache" }]);
  expect(load({ ...variables, e_name: "/boot/none" })).toEqual([]);
});

test("what is not wanted, is missing or is on the blacklist is skipped", () => {
  const variables = { one_load: "NO", none_load: "YES", two_load: "YES" };
  expect(load({ ...variables, module_blacklist: "drm two" })).toEqual([]);
});

test.each([
  [{ lonely_load: "YES" }, /lonely\.ko needs the module nowhere/],
  [{ text_load: "YES" }, /text\.ko is no kernel module/],
  [{ one_load: "YES", one_before: "echo" }, /one_before is a command/],
])("what only the loader can do is told: %j", (variables, words) => {
  expect(load(variables)).toMatch(words);
});
