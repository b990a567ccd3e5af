/**
 * A console text of the corpus: lines `# key: value`, an empty line, then the guest's bytes as they were.
 *
 * | key | meaning |
 * | --- | --- |
 * | `verdict` | what a run with this console amounts to, when the agent said nothing that speaks against it |
 * | `title` | of the first fatal report or mark; absent when there is none |
 * | `class` | of the same |
 * | `finding` | title of a report that is not fatal; one line each, in order |
 * | `followed-by` | title of what followed from a report; one line each |
 * | `frames` | the first reliable functions of the first report's backtrace |
 * | `last` | the last line of a report's evidence; one line each, in order |
 * | `mark` | class of a mark that has to be there; may be repeated |
 * | `identity` | part of what the first kernel calls itself |
 * | `typed` | text that was typed into the guest; may be repeated |
 * | `source` | `recorded: …` or `composed from …` |
 */
export interface ConsoleFile {
  readonly verdict: string;
  readonly title: string | undefined;
  readonly markClass: string | undefined;
  readonly findings: readonly string[];
  readonly followedBy: readonly string[];
  readonly frames: readonly string[];
  readonly lastLines: readonly string[];
  readonly marks: readonly string[];
  readonly identity: string | undefined;
  readonly typed: readonly string[];
  readonly source: string;
  readonly console: Buffer;
}

const knownKeys = new Set(
  "verdict title class finding followed-by frames last mark identity typed source".split(" "),
);

export function parseConsoleFile(bytes: Buffer): ConsoleFile {
  const headEnd = bytes.indexOf("\n\n");
  const fields = bytes.toString("utf8", 0, headEnd).split("\n").map(parseField);
  const all = (key: string): readonly string[] => fields.filter((field) => field.key === key).map((field) => field.value);
  const one = (key: string): string => {
    const value = all(key)[0];
    if (value === undefined) throw new Error(`the head has no "${key}"`);
    return value;
  };
  return {
    verdict: one("verdict"),
    title: all("title")[0],
    markClass: all("class")[0],
    findings: all("finding"),
    followedBy: all("followed-by"),
    frames: all("frames").flatMap((frames) => frames.split(" ")),
    lastLines: all("last"),
    marks: all("mark"),
    identity: all("identity")[0],
    typed: all("typed"),
    source: one("source"),
    console: bytes.subarray(headEnd + 2),
  };
}

function parseField(line: string): { readonly key: string; readonly value: string } {
  const match = /^# ([\w-]+): (.+)$/.exec(line);
  if (match === null || !knownKeys.has(match[1]!)) throw new Error(`not a line of a console's head: ${line}`);
  return { key: match[1]!, value: match[2]! };
}
