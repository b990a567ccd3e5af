import { expect, test } from "vitest";
import type { GuestFiles } from "./guest-files.js";
import { effectiveSetting, readLoaderSettings } from "./loader-settings.js";

/** A guest that has these files, its directories' names in the order in which they are written here. */
function guestOf(files: Readonly<Record<string, string>>): GuestFiles {
  const isDirectory = (path: string) =>
    Object.keys(files).some((file) => file.startsWith(`${path}/`));
  return {
    open: () => undefined,
    typeAt: (path) => (path in files ? "file" : isDirectory(path) ? "directory" : undefined),
    readText: (path) => files[path],
    namesIn: (path) => [
      ...new Set(
        Object.keys(files)
          .filter((file) => file.startsWith(`${path}/`))
          .map((file) => file.slice(path.length + 1).split("/")[0]!),
      ),
    ],
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

const lua16 = {
  "/boot/lua/config.lua":
    '… loader_conf_dirs … local_loader_conf_files … product_vars … name:match(".lua$") …',
};
const products = `${defaults15}product_vars="smbios.system.maker smbios.system.product"`;
const qemu = {
  values: { "smbios.system.maker": "QEMU", "smbios.system.product": "Standard PC (1996)" },
  areAll: false,
};

test("reads the directories of product_vars behind ours, where the machine's name is known", () => {
  const guest = guestOf({
    ...lua16,
    "/boot/defaults/loader.conf": products,
    "/boot/loader.conf.d/kernlane.conf": 'kernel="ours"',
    "/boot/loader.conf.d/QEMU/a.conf": 'kernel="maker"',
    "/boot/loader.conf.d/OTHER/a.conf": 'kernel="other"',
    // The loader divides a name that has blanks in it.
    "/boot/loader.conf.d/Standard/a.conf": 'kernel="product"',
    "/PC/a.conf": 'kernel="divided"',
  });
  const settings = readLoaderSettings(guest, qemu);
  expect(settings.files.slice(1)).toEqual([
    "/boot/loader.conf.d/kernlane.conf",
    "/boot/loader.conf.d/QEMU/a.conf",
    "/boot/loader.conf.d/Standard/a.conf",
    "/PC/a.conf",
  ]);
  expect(settings.doubts).toEqual([]);
  const plain = readLoaderSettings(
    guestOf({ ...lua15, ...{ "/boot/defaults/loader.conf": products } }),
  );
  expect(plain.doubts).toEqual([]);
});

test("takes a variable of product_vars from the files, and none that a whole table lacks", () => {
  const files = {
    ...lua16,
    "/boot/defaults/loader.conf": `${defaults15}product_vars="board missing"`,
    "/boot/loader.conf": 'board="mine"',
    "/boot/loader.conf.d/mine/a.conf": 'kernel="mine"',
    "/boot/loader.conf.d/missing/a.conf": 'kernel="missing"',
  };
  const settings = readLoaderSettings(guestOf(files), { values: {}, areAll: true });
  expect(effectiveSetting(settings, "kernel")?.value).toBe("mine");
  expect(settings.doubts).toEqual([]);
});

test("doubts every directory where the machine is not known", () => {
  const guest = guestOf({
    ...lua16,
    "/boot/defaults/loader.conf": products,
    "/boot/loader.conf.d/kernlane.conf": 'kernel="ours"',
    "/boot/loader.conf.d/QEMU/a.conf": 'kernel="maker"',
  });
  const settings = readLoaderSettings(guest);
  expect(effectiveSetting(settings, "kernel")?.value).toBe("ours");
  expect(settings.doubts).toMatchObject([
    { place: "/boot/loader.conf.d/QEMU/a.conf", names: new Set(["kernel"]) },
  ]);
});

test("runs no Lua, and doubts every word in it; an older loader reads it as text", () => {
  const files = {
    "/boot/defaults/loader.conf": defaults15,
    "/boot/loader.conf": 'loader_conf_files="/boot/a.lua"',
    "/boot/a.lua": 'if x then kernel = "lua" end',
  };
  const settings = readLoaderSettings(guestOf({ ...lua16, ...files }));
  expect(settings.doubts).toMatchObject([{ place: "/boot/a.lua", isCode: true }]);
  expect(settings.doubts[0]?.names).toContain("kernel");
  expect(settings.malformed).toEqual([]);
  const older = readLoaderSettings(guestOf({ ...lua15, ...files }));
  expect(older.doubts).toEqual([]);
  expect(older.malformed).toHaveLength(1);
});

test("doubts the script of the image's own that the Lua loader runs last; the Forth loader has none", () => {
  const files = {
    "/boot/defaults/loader.conf": defaults15,
    "/boot/loader.conf.local": 'kernel="ours"',
    "/boot/lua/local.lua": 'loader.setenv("kernel", "mine")',
  };
  const settings = readLoaderSettings(guestOf({ ...lua13, ...files }));
  expect(settings.doubts).toMatchObject([
    { place: "/boot/lua/local.lua", isCode: true, after: settings.assignments.length },
  ]);
  expect(settings.doubts[0]?.names).toContain("kernel");
  expect(readLoaderSettings(guestOf({ ...files, "/boot/loader.4th": "" })).doubts).toEqual([]);
});

test("doubts every command but those that only print, and knows the variable of one that sets it", () => {
  const files = {
    ...lua15,
    "/boot/defaults/loader.conf": `exec="echo Loading kernel"\nexec=".( Loading ) cr"\n${defaults15}`,
    "/boot/loader.conf.local": 'exec="set kernel=mine"\nexec="load /boot/x.ko"',
  };
  expect(readLoaderSettings(guestOf(files)).doubts).toMatchObject([
    { place: "/boot/loader.conf.local:1", names: new Set(["kernel"]), isCode: true },
    { place: "/boot/loader.conf.local:2", names: new Set(["load", "boot", "x.ko"]), isCode: true },
  ]);
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
