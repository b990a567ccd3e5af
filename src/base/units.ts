/**
 * Durations and memory sizes as people type them, parsed once at the edge.
 */
import { LaneError } from "./errors.js";

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const DAY_HOURS = 24;
const MIB_PER_UNIT: Readonly<Record<string, number>> = {
  M: 1,
  MB: 1,
  MIB: 1,
  G: 1024,
  GB: 1024,
  GIB: 1024,
};

/**
 * A duration such as `90s`, `1500ms`, `2m` or `1.5h`, in milliseconds. A unit is required: a bare `90` has been read
 * both as seconds and as milliseconds by too many tools.
 *
 * @param mostHours the longest that makes sense; a day if absent
 * @throws LaneError `bad-duration`
 * @example parseDurationMs("90s", "--boot-timeout") // 90000
 */
export function parseDurationMs(
  text: string | number,
  where: string,
  mostHours = DAY_HOURS,
): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(text).trim());
  const valueMs = match ? Math.round(Number(match[1]) * MS_PER_UNIT[match[2]!]!) : Number.NaN;
  if (!(valueMs > 0 && valueMs <= mostHours * MS_PER_UNIT["h"]!)) {
    throw new LaneError(
      "bad-duration",
      `${where}: found "${text}", expected a duration between 1ms and ${mostHours}h`,
    );
  }
  return valueMs;
}

/**
 * A memory size such as `512M`, `2G` or `1024MiB`, in MiB (powers of two, as every hypervisor means them). A number from an
 * untyped caller has no unit, and is refused as such.
 *
 * @throws LaneError `bad-size`
 * @example parseMemoryMiB("2G", "--memory") // 2048
 */
export function parseMemoryMiB(text: string | number, where: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(String(text).trim());
  const perUnit = match ? MIB_PER_UNIT[match[2]!.toUpperCase()] : undefined;
  const memoryMiB = match && perUnit !== undefined ? Number(match[1]) * perUnit : Number.NaN;
  if (!(Number.isInteger(memoryMiB) && memoryMiB >= 32 && memoryMiB <= 1024 * 1024)) {
    throw new LaneError(
      "bad-size",
      `${where}: found "${text}", expected a memory size between 32M and 1024G, a whole number of MiB`,
    );
  }
  return memoryMiB;
}

/** `41.2 s`, `830 ms`, `2 min 5 s`: a duration for people. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 60_000) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `11.4 MiB`, `830 bytes`: an amount of data for people. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit]!}`;
}
