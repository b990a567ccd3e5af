/**
 * What counters said at one moment: a sysctl tree as the agent lists it, or a file.
 */
export interface Reading {
  /** One, or those of the buckets; none when it is no number. */
  readonly values: readonly bigint[];
  readonly isList: boolean;
  /** Of an unsigned one whose width the kernel says: where it begins again at 0. */
  readonly unsignedBits?: number;
  /** What it is instead of a number, or the errno of a sysctl that could not be read. */
  readonly text?: string;
}

/** By name. */
export type Readings = ReadonlyMap<string, Reading>;

/** Per-CPU values: added up, or each by itself. */
export type PerCpu = "sum" | "each";

/** `5`, `5 kB`, `1,2,3`, `1 2 3`; anything else is a text. */
export function readValue(text: string): Reading {
  const value = text.trim();
  const [, scalar] = /^(-?\d+|0x[\da-fA-F]+)(?:\s+[A-Za-z%][\w/%]*)?$/.exec(value) ?? [];
  if (scalar !== undefined) return scalarOf(BigInt(scalar));
  if (!/^-?\d+(?:(?:\s*,\s*|\s+)-?\d+)+$/.test(value)) return { values: [], isList: false, text };
  return { values: value.split(/[\s,]+/).map(BigInt), isList: true };
}

export function scalarOf(value: bigint): Reading {
  return { values: [value], isList: false };
}

export function listOf(values: readonly bigint[]): Reading {
  return { values, isList: true };
}

export function sumOf(values: readonly bigint[]): bigint {
  return values.reduce((sum, one) => sum + one, 0n);
}

/**
 * The lines of the agent's `sysctl-tree`: `NAME u4 17`, `NAME i8 1 2 3`, `NAME text 1,2,3`, `NAME errno 1`.
 *
 * @param errno names an errno of the guest
 */
export function readSysctlTree(
  content: string,
  perCpu: PerCpu,
  errno: (number: number) => string,
): Readings {
  const lines = content.split("\n").filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const [, name = line, kind = "", rest = ""] = /^(\S+) (\S+) ?(.*)$/.exec(line) ?? [];
      return [name, readSysctl(name, kind, rest, { perCpu, errno })];
    }),
  );
}

interface TreeOptions {
  readonly perCpu: PerCpu;
  readonly errno: (number: number) => string;
}

function readSysctl(name: string, kind: string, rest: string, options: TreeOptions): Reading {
  if (kind === "errno") return { values: [], isList: false, text: options.errno(Number(rest)) };
  if (kind === "text") return readValue(rest);
  const read = readValue(rest);
  const folded = options.perCpu === "sum" ? foldStates(name, read) : read;
  return kind.startsWith("u") ? { ...folded, unsignedBits: 8 * Number(kind.slice(1)) } : folded;
}

/** CPUSTATES of sys/resource.h: user, nice, system, interrupt, idle. */
const CPU_STATES = 5;

/** The one array that the kernel itself keeps by processor: kern.cp_times. */
function foldStates(name: string, read: Reading): Reading {
  if (name !== "kern.cp_times") return read;
  const states = Array.from({ length: CPU_STATES }, (_, state) =>
    sumOf(read.values.filter((_value, index) => index % CPU_STATES === state)),
  );
  return listOf(states);
}
