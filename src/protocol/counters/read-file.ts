/**
 * Files of counters: `key value` and `key: value` lines, and files with a column or a line for each processor.
 */
import { listOf, readValue, scalarOf, sumOf } from "./reading.js";
import type { PerCpu, Reading, Readings } from "./reading.js";

/**
 * @example readCounterFile("init_count 3\nbucket_req_total 0,0,2\n", "sum").get("init_count")
 */
export function readCounterFile(content: string, perCpu: PerCpu): Readings {
  const lines = content.split(/\r?\n/).filter((line) => line.trim() !== "");
  const [head = ""] = lines;
  if (/^\s*CPU\d+(\s+CPU\d+)*\s*$/.test(head)) {
    return readColumns(lines.slice(1), head.trim().split(/\s+/).length, perCpu);
  }
  if (lines.length > 0 && lines.every((line) => /^[\da-f]{8}(\s[\da-f]{8})+\s*$/.test(line))) {
    return readSoftnet(lines, perCpu);
  }
  return readLines(lines);
}

/** `LOC: 12 34 Local timer interrupts`: a number for each processor, then words; ERR and MIS have one number for all. */
function readColumns(lines: readonly string[], cpus: number, perCpu: PerCpu): Readings {
  return new Map(
    lines.map((line) => {
      const [key = "", rest = ""] = split(line);
      const words = rest.trim().split(/\s+/).slice(0, cpus);
      const end = words.findIndex((word) => !/^\d+$/.test(word));
      const values = (end < 0 ? words : words.slice(0, end)).map(BigInt);
      return [key, perProcessor(values, values.length === cpus ? perCpu : "sum", rest)];
    }),
  );
}

function perProcessor(values: readonly bigint[], perCpu: PerCpu, text: string): Reading {
  if (values.length === 0) return { values, isList: false, text };
  return perCpu === "each" ? listOf(values) : scalarOf(sumOf(values));
}

/** The columns of /proc/net/softnet_stat that have had a meaning since Linux 4.x. The twelfth on are no counters. */
const SOFTNET = { processed: 0, dropped: 1, time_squeeze: 2, received_rps: 9, flow_limit: 10 };

function readSoftnet(lines: readonly string[], perCpu: PerCpu): Readings {
  const rows = lines.map((line) => line.trim().split(/\s+/));
  return new Map(
    Object.entries(SOFTNET).map(([name, column]) => {
      const values = rows.map((row) => BigInt(`0x${row[column] ?? "0"}`));
      return [name, perProcessor(values, perCpu, "")];
    }),
  );
}

/** A key that comes again is numbered; a line of names and one of their values (/proc/net/netstat) are `KEY.NAME`. */
function readLines(lines: readonly string[]): Readings {
  const readings = new Map<string, Reading>();
  for (const line of lines) {
    const [key = "", rest = ""] = split(line);
    if (key === "") continue;
    const read = readValue(rest);
    const names = readings.get(key)?.text?.trim().split(/\s+/);
    if (names?.length === read.values.length && read.isList) {
      readings.delete(key);
      names.forEach((name, index) => readings.set(`${key}.${name}`, scalarOf(read.values[index]!)));
    } else {
      readings.set(freeName(readings, key), read);
    }
  }
  return readings;
}

function freeName(readings: Readings, key: string): string {
  let name = key;
  for (let times = 2; readings.has(name); times++) name = `${key}#${times}`;
  return name;
}

/** At the colon that ends a key, else at the first blank. */
function split(line: string): readonly string[] {
  const match = /^\s*([^:]*[^\s:])\s*:(?:\s+|$)(.*)$/.exec(line) ?? /^\s*(\S+)\s+(.*)$/.exec(line);
  return match?.slice(1) ?? [];
}
