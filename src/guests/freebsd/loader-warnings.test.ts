import { expect, test } from "vitest";
import { READS_FILES_ONLY, type Loader } from "./loader-kind.js";
import type { LoaderSettings } from "./loader-settings.js";
import { loaderWarnings } from "./loader-warnings.js";

const FILE = "/boot/loader.conf";
const lua: Loader = {
  kind: "lua",
  readsDirectories: true,
  readsLocalFiles: true,
  readsProducts: true,
  runsLua: true,
};

function settingsOf(values: Readonly<Record<string, string>>): LoaderSettings {
  const assignments = Object.entries(values).map(([name, value], index) => {
    return { name, value, file: FILE, line: index + 1 };
  });
  return {
    loader: lua,
    assignments,
    malformed: [],
    doubts: [],
    files: [FILE],
    wanted: [FILE],
    readsConfDir: true,
  };
}

const serial = { console: "comconsole,vidconsole" };

test("has nothing to say of a guest with a serial console and its kernel", () => {
  expect(loaderWarnings(settingsOf({ ...serial, kernel: "kernel" }), ["kernel"])).toEqual([]);
  expect(loaderWarnings(settingsOf({ boot_serial: "" }), ["kernel"])).toEqual([]);
  expect(loaderWarnings(settingsOf({ boot_multicons: "YES" }), ["kernel"])).toEqual([]);
});

test.each([
  ["the console is the screen", {}],
  ["the console is the screen", { console: "vidconsole", boot_serial: "NO" }],
  ["waits for a key for ever", { ...serial, autoboot_delay: "NO" }],
  ['sets kernel="GONE", and there is no /boot/GONE/kernel', { ...serial, kernel: "GONE" }],
  ["nextboot is armed", { ...serial, nextboot_enable: "YES" }],
])("warns: %s", (warning, values) => {
  expect(loaderWarnings(settingsOf(values), ["kernel"])).toEqual([
    expect.stringContaining(warning) as string,
  ]);
});

test("warns of a missing stock kernel, missing scripts and missing defaults", () => {
  const settings: LoaderSettings = {
    ...settingsOf(serial),
    loader: { kind: "unknown", ...READS_FILES_ONLY },
    files: [],
  };
  expect(loaderWarnings(settings, [])).toEqual([
    expect.stringContaining("/boot/lua") as string,
    expect.stringContaining("/boot/defaults/loader.conf") as string,
    expect.stringContaining("there is no stock kernel") as string,
  ]);
});

test("warns of files that are read on some machines only, and of code", () => {
  const doubts = [
    {
      place: "/boot/a.lua",
      what: "is Lua, which the loader runs",
      isCode: true,
      names: new Set<string>(),
      after: 1,
    },
  ];
  const settings = settingsOf({ ...serial, product_vars: "smbios.system.maker foo" });
  expect(loaderWarnings({ ...settings, doubts }, ["kernel"])).toEqual([
    expect.stringMatching(
      /loader\.conf:2 sets product_vars: .*named after the machine's smbios\.system\.maker, foo/,
    ) as string,
    expect.stringMatching(/^\/boot\/a\.lua is Lua, which the loader runs: .*not known/) as string,
  ]);
});

test("names the first malformed lines and counts the rest", () => {
  const malformed = Array.from({ length: 12 }, (_, index) => {
    return { file: FILE, line: index + 1, text: "bad" };
  });
  const warnings = loaderWarnings({ ...settingsOf(serial), malformed }, ["kernel"]);
  expect(warnings[0]).toBe("/boot/loader.conf:1 is malformed: bad");
  expect(warnings.at(-1)).toBe("… and 2 more malformed lines");
  expect(warnings).toHaveLength(11);
});
