/**
 * Where counters are read: a sysctl, a tree of them, or a file.
 */
import { checkPath, stepError } from "../step-check.js";
import { limits } from "../limits.js";
import { readCounterFile } from "./read-file.js";
import { readSysctlTree, readValue, type PerCpu, type Reading, type Readings } from "./reading.js";

export interface CounterSource {
  /** As it was written: `kern.twq.*`, `/proc/twq/stats`. */
  readonly pattern: string;
  /** The file; or the sysctl that the agent is asked for, with all below it. */
  readonly root: string;
  readonly kind: "file" | "sysctl";
}

/** @throws LaneError `step-path-invalid`, `step-name-invalid` (usage) */
export function parseSource(pattern: string, where: string): CounterSource {
  if (pattern.startsWith("/")) {
    return { pattern, root: checkPath(pattern, where), kind: "file" };
  }
  // Down to the last name that is whole.
  const root = pattern.replace(/(^|\.)[^.]*\*.*$/, "");
  if (/^[A-Za-z0-9_.%*-]{1,255}$/.test(pattern) && root !== "" && !root.endsWith(".")) {
    return { pattern, root, kind: "sysctl" };
  }
  throw stepError("step-name-invalid", where, JSON.stringify(pattern), [
    "a sysctl's name, a tree of them such as kern.twq.*, or the path of a file",
  ]);
}

/** What the agent is asked for. */
export function requestOf(source: CounterSource, name: string, deadlineMs?: number) {
  const common = { name, ...(deadlineMs === undefined ? {} : { deadlineMs }) };
  return source.kind === "file"
    ? ({
        kind: "read-file",
        path: source.root,
        limitBytes: limits.passedOnBytes,
        ...common,
      } as const)
    : ({ kind: "sysctl-tree", sysctl: source.root, ...common } as const);
}

export interface ReadOptions {
  readonly perCpu: PerCpu;
  /** Names an errno of the guest. */
  readonly errno: (number: number) => string;
}

/**
 * What the sources said, by names without what all of a source share; two that would have the same name keep all of theirs.
 *
 * @param contents of each source
 */
export function readSources(
  sources: readonly CounterSource[],
  contents: readonly string[],
  options: ReadOptions,
): Readings {
  const found = sources.flatMap((source, index) =>
    [...readSource(source, contents[index] ?? "", options)].map(([name, reading]) => ({
      short: shortName(source, name),
      long: longName(source, name),
      reading,
    })),
  );
  const times = new Map<string, number>();
  for (const { short } of found) times.set(short, (times.get(short) ?? 0) + 1);
  return new Map<string, Reading>(
    found.map(({ short, long, reading }) => [times.get(short) === 1 ? short : long, reading]),
  );
}

function readSource(source: CounterSource, content: string, options: ReadOptions): Readings {
  if (source.kind === "file") return readFile(source.root, content, options.perCpu);
  const all = readSysctlTree(content, options.perCpu, options.errno);
  const isMeant = matcherOf(source.pattern);
  return new Map([...all].filter(([name]) => isMeant(name)));
}

/** A file that is one number or one line of them, as those of sysfs and debugfs are, is a counter of the file's name. */
function readFile(path: string, content: string, perCpu: PerCpu): Readings {
  const isOneLine = !content.trim().includes("\n");
  const lone = readValue(content);
  if (!isOneLine || lone.values.length === 0) return readCounterFile(content, perCpu);
  return new Map([[path.slice(path.lastIndexOf("/") + 1), lone]]);
}

function matcherOf(pattern: string): (name: string) => boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.]/g, "\\."));
  const whole = new RegExp(`^${parts.join(".*")}$`);
  return (name) => whole.test(name) || name.startsWith(`${pattern}.`);
}

function shortName({ root, kind }: CounterSource, name: string): string {
  if (kind === "sysctl" && name === root) return name.slice(name.lastIndexOf(".") + 1);
  return kind === "sysctl" && name.startsWith(`${root}.`) ? name.slice(root.length + 1) : name;
}

function longName({ root, kind }: CounterSource, name: string): string {
  return kind === "file" ? `${root}:${name}` : name;
}

/** The names under which a formula may mean a counter. */
export function namesOf(sources: readonly CounterSource[], name: string): readonly string[] {
  return [name, ...sources.map((source) => shortName(source, name))];
}
