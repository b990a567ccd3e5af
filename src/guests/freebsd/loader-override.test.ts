import { expect, test } from "vitest";
import { READS_FILES_ONLY } from "./loader-kind.js";
import type { LoaderDoubt } from "./loader-doubts.js";
import { codeBehind, firstOverridden } from "./loader-override.js";
import type { LoaderSettings } from "./loader-settings.js";

const OURS = "/boot/loader.conf.d/kernlane.conf";
const variables = { kernel: "TWQDEBUG", boot_serial: "YES" };

function settingsWith(...doubts: readonly LoaderDoubt[]): LoaderSettings {
  const assignments = Object.entries({ console: "vidconsole", ...variables }).map(
    ([name, value], index) => ({ name, value, file: OURS, line: index + 1 }),
  );
  return {
    loader: { kind: "lua", ...READS_FILES_ONLY },
    assignments,
    malformed: [],
    doubts,
    files: [OURS],
    wanted: [OURS],
    readsConfDir: true,
  };
}

function lua(after: number, ...names: readonly string[]): LoaderDoubt {
  const what = "is Lua, which the loader runs";
  return { place: "/boot/a.lua", what, isCode: true, names: new Set(names), after };
}

test("our variables hold where nothing comes behind them", () => {
  expect(firstOverridden(settingsWith(), variables, "directory")).toBeUndefined();
  expect(firstOverridden(settingsWith(lua(1, "kernel")), variables, "directory")).toBeUndefined();
});

test("code behind them that names one may set it, and so may more files that it names", () => {
  const named = settingsWith(lua(3, "boot_serial"));
  expect(firstOverridden(named, variables, "local-file")).toBe(
    "/boot/a.lua is Lua, which the loader runs after it, and it names boot_serial",
  );
  const more = settingsWith(lua(3, "loader_conf_files"));
  expect(firstOverridden(more, variables, "local-file")).toContain("names loader_conf_files");
});

test("code in front of them may have directories read behind ours, and never behind the local file", () => {
  const early = settingsWith(lua(1, "product_vars"));
  expect(firstOverridden(early, variables, "directory")).toContain("names product_vars");
  expect(firstOverridden(early, variables, "local-file")).toBeUndefined();
  const local = settingsWith(lua(1, "local_loader_conf_files"));
  expect(firstOverridden(local, variables, "local-file")).toContain("local_loader_conf_files");
});

test("code behind them that names none of them is told of", () => {
  const settings = settingsWith(lua(3, "boot_verbose"));
  expect(firstOverridden(settings, variables, "directory")).toBeUndefined();
  expect(codeBehind(settings, variables)).toEqual([
    expect.stringMatching(/^\/boot\/a\.lua is Lua.*names none of them/) as string,
  ]);
  expect(codeBehind(settingsWith(lua(1, "boot_verbose")), variables)).toEqual([]);
});
