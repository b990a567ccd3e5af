import { expect, test } from "vitest";
import { formatBytes, formatDuration, parseDurationMs, parseMemoryMiB } from "./units.js";

test("reads durations with their units", () => {
  expect(parseDurationMs("90s", "x")).toBe(90_000);
  expect(parseDurationMs("1500ms", "x")).toBe(1500);
  expect(parseDurationMs("1.5m", "x")).toBe(90_000);
});

test.each(["90", "", "0s", "-1s", "9x", "1e3s", "25h", "s"])("refuses the duration %j", (text) => {
  expect(() => parseDurationMs(text, "--boot-timeout")).toThrow(/--boot-timeout: found/);
});

test("reads memory sizes as powers of two", () => {
  expect(parseMemoryMiB("2G", "x")).toBe(2048);
  expect(parseMemoryMiB("512M", "x")).toBe(512);
  expect(parseMemoryMiB("1.5GiB", "x")).toBe(1536);
});

test.each(["2", "0M", "16M", "2T", "lots", "1.0001G", "-2G"])("refuses the size %j", (text) => {
  expect(() => parseMemoryMiB(text, "--memory")).toThrow(/--memory: found/);
});

test("writes durations and sizes for people", () => {
  expect([830, 41_234, 125_000].map(formatDuration)).toEqual(["830 ms", "41.2 s", "2 min 5 s"]);
  expect([830, 2048, 12_000_000].map(formatBytes)).toEqual(["830 bytes", "2.0 KiB", "11.4 MiB"]);
});
