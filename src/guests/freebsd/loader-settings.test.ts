import { expect, test } from "vitest";
import type { GuestFiles } from "./guest-files.js";
import { effectiveSetting, readLoaderSettings } from "./loader-settings.js";

/** A guest that has these files, its directories' names in the order in which they are written here. */
function guestOf(files: Readonly<Record<string, string>>): GuestFiles {
  const isDirectory = (path: string) =>
    Object.keys(files).some((file) => file.startsWith(`${path}/`));
  return {
    typeAt: (path) => (path in files ? "file" : isDirectory(path) ? "directory" : undefined),
    readText: (path) => files[path],
    namesIn: (path) =>
      Object.keys(files)
        .filter((file) => file.startsWith(`${path}/`))
        .map((file) => file.slice(path.length + 1)),
  };
}

const lua15 = { "/boot/lua/config.lua": "… loader_conf_dirs … local_loader_conf_files …" };
const lua13 = { "/boot/lua/config.lua": "… loader_conf_dirs …" };
const lua12 = { "/boot/lua/config.lua": "… loader_conf_files …" };

const defaults15 = `kernel="kernel"
loader_conf_files="/boot/device.hints /boot/loader.conf"
loader_conf_dirs="/boot/loader.conf.d"
local_loader_conf_files="/boot/loader.conf.local"
nextboot_conf="/boot/nextboot.conf"
module_path="/boot/modules"
`;
const defaults13 = `kernel="kernel"
loader_conf_files="/boot/device.hints /boot/loader.conf /boot/loader.conf.local"
loader_conf_dirs="/boot/loader.conf.d"
nextboot_conf="/boot/nextboot.conf"
`;

const allFiles = {
  "/boot/loader.conf": 'kernel="conf"',
  "/boot/loader.conf.d/zz.conf": 'kernel="zz"',
  "/boot/loader.conf.d/aa.conf": 'kernel="aa"',
  "/boot/loader.conf.d/notes.txt": 'kernel="notes"',
  "/boot/loader.conf.local": 'kernel="local"',
};

test("reads a 15's files in the loader's order: directories as they lie, then the local file", () => {
  const settings = readLoaderSettings(
    guestOf({ ...lua15, "/boot/defaults/loader.conf": defaults15, ...allFiles }),
  );
  expect(settings.files).toEqual([
    "/boot/defaults/loader.conf",
    "/boot/loader.conf",
    "/boot/loader.conf.d/zz.conf",
    "/boot/loader.conf.d/aa.conf",
    "/boot/loader.conf.local",
  ]);
  expect(effectiveSetting(settings, "kernel")).toEqual({
    name: "kernel",
    value: "local",
    file: "/boot/loader.conf.local",
    line: 1,
  });
  expect(settings.readsConfDir).toBe(true);
  expect(settings.wanted).toContain("/boot/device.hints");
});

test("reads a 13's local file before the directory", () => {
  const settings = readLoaderSettings(
    guestOf({ ...lua13, "/boot/defaults/loader.conf": defaults13, ...allFiles }),
  );
  expect(effectiveSetting(settings, "kernel")?.file).toBe("/boot/loader.conf.d/aa.conf");
});

test.each([
  ["a Lua loader without them", { ...lua12, "/boot/defaults/loader.conf": defaults13 }],
  [
    "a Forth loader",
    {
      ...lua13,
      "/boot/defaults/loader.conf": defaults13,
      "/boot/loader": "\0/boot/loader.rc\0",
      "/boot/loader.4th": "",
    },
  ],
  ["defaults that name none", { ...lua13, "/boot/defaults/loader.conf": 'kernel="kernel"' }],
  ["no defaults at all", lua15],
])("reads no directories with %s", (_, files) => {
  const settings = readLoaderSettings(guestOf({ ...files, ...allFiles }));
  expect(settings.readsConfDir).toBe(false);
  expect(settings.files.filter((file) => file.includes("conf.d"))).toEqual([]);
});

test("believes /boot/loader over the scripts that lie about", () => {
  const files = { ...lua13, "/boot/loader.4th": "", "/boot/loader": "/boot/lua/loader.lua" };
  expect(readLoaderSettings(guestOf(files)).loader.kind).toBe("lua");
});

test.each([
  ['nextboot_enable="YES"\nkernel="once"\n', "once"],
  ['kernel="once"\n', "once"],
  ['nextboot_enable="NO" \nkernel="once"\n', "kernel"],
])("applies nextboot.conf unless it is spent: %j", (nextboot, kernel) => {
  const settings = readLoaderSettings(
    guestOf({
      ...lua15,
      "/boot/defaults/loader.conf": defaults15,
      "/boot/nextboot.conf": nextboot,
    }),
  );
  expect(effectiveSetting(settings, "kernel")?.value).toBe(kernel);
});

test("follows files that name files, each once", () => {
  const settings = readLoaderSettings(
    guestOf({
      ...lua15,
      "/boot/defaults/loader.conf": defaults15,
      "/boot/loader.conf": 'loader_conf_files="/boot/more.conf /boot/loader.conf"',
      "/boot/more.conf": 'loader_conf_files="/boot/loader.conf /boot/more.conf"\nmore="yes"',
    }),
  );
  expect(settings.files).toEqual([
    "/boot/defaults/loader.conf",
    "/boot/loader.conf",
    "/boot/more.conf",
  ]);
});

test("expands a variable by what the files before it said", () => {
  const settings = readLoaderSettings(
    guestOf({
      ...lua15,
      "/boot/defaults/loader.conf": defaults15,
      "/boot/loader.conf": 'module_path="${module_path};/boot/x"\nbroken="$"',
    }),
  );
  expect(effectiveSetting(settings, "module_path")?.value).toBe("/boot/modules;/boot/x");
  expect(settings.malformed).toEqual([{ file: "/boot/loader.conf", line: 2, text: 'broken="$"' }]);
});

test("stops at more files than a guest can have", () => {
  const files = Object.fromEntries(
    Array.from({ length: 600 }, (_, index) => [`/boot/loader.conf.d/${index}.conf`, "a=1"]),
  );
  const guest = guestOf({ ...lua15, "/boot/defaults/loader.conf": defaults15, ...files });
  expect(() => readLoaderSettings(guest)).toThrow(
    expect.objectContaining({ code: "loader-conf-excessive" }) as Error,
  );
});

test("stops at values that fill the memory", () => {
  const grow = `a="${"x".repeat(4000)}"\n${'b="$a"\n'.repeat(100_000)}`;
  const guest = guestOf({ ...lua15, "/boot/defaults/loader.conf": grow });
  expect(() => readLoaderSettings(guest)).toThrow(
    expect.objectContaining({ code: "loader-conf-excessive" }) as Error,
  );
});
