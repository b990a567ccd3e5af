/** A change as a unified diff that patch(1) and `git apply` take. */
import type { SourceChange } from "./overlay-plan.js";

const CONTEXT_LINES = 3;

/** Lines `from[fromStart..fromEnd)` that became `to[toStart..toEnd)`. */
interface Run {
  readonly fromStart: number;
  readonly fromEnd: number;
  readonly toStart: number;
  readonly toEnd: number;
}

/** @example formatUnifiedDiff({ path: "sys/conf/files", before: "a\n", after: "a\nb\n" }) */
export function formatUnifiedDiff({ path, before, after }: SourceChange): string {
  const from = toLines(before);
  const to = toLines(after);
  return [
    `--- ${before === undefined ? "/dev/null" : `a/${path}`}\n`,
    `+++ ${after === undefined ? "/dev/null" : `b/${path}`}\n`,
    ...groupRuns(changedRuns(from, to)).map((runs) => formatHunk(runs, from, to)),
  ].join("");
}

/** Each line with its newline; the last one may have none. */
function toLines(text: string | undefined): string[] {
  return text?.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** A run ends at the nearest place from which both go on alike for as many lines as a hunk shows around it. */
function changedRuns(from: readonly string[], to: readonly string[]): Run[] {
  const runs: Run[] = [];
  let [a, b] = [0, 0];
  while (a < from.length || b < to.length) {
    if (a < from.length && from[a] === to[b]) {
      a++;
      b++;
      continue;
    }
    const [fromEnd, toEnd] = nextAlike(from, a, to, b);
    runs.push({ fromStart: a, fromEnd, toStart: b, toEnd });
    [a, b] = [fromEnd, toEnd];
  }
  return runs;
}

function nextAlike(
  from: readonly string[],
  a: number,
  to: readonly string[],
  b: number,
): readonly [number, number] {
  const last = from.length - a + to.length - b;
  for (let skipped = 1; skipped < last; skipped++)
    for (let i = Math.max(0, skipped - (to.length - b)); i <= skipped; i++)
      if (a + i <= from.length && isAlike(from, a + i, to, b + skipped - i))
        return [a + i, b + skipped - i];
  return [from.length, to.length];
}

function isAlike(from: readonly string[], a: number, to: readonly string[], b: number): boolean {
  const left = Math.min(from.length - a, to.length - b);
  if (left < CONTEXT_LINES && from.length - a !== to.length - b) return false;
  for (let i = 0; i < Math.min(left, CONTEXT_LINES); i++)
    if (from[a + i] !== to[b + i]) return false;
  return true;
}

/** Runs that are so near that their context would overlap make one hunk. */
function groupRuns(runs: readonly Run[]): Run[][] {
  const groups: Run[][] = [];
  for (const run of runs) {
    const group = groups.at(-1);
    if (group && run.fromStart - group.at(-1)!.fromEnd <= 2 * CONTEXT_LINES) group.push(run);
    else groups.push([run]);
  }
  return groups;
}

function formatHunk(runs: readonly Run[], from: readonly string[], to: readonly string[]): string {
  const [first, last] = [runs[0]!, runs.at(-1)!];
  const before = Math.min(CONTEXT_LINES, first.fromStart);
  const after = Math.min(CONTEXT_LINES, from.length - last.fromEnd);
  const start = first.fromStart - before;
  const spans = `-${span(start, last.fromEnd + after)} +${span(first.toStart - before, last.toEnd + after)}`;
  const lines = runs.flatMap((run, index) => [
    ...from.slice(index === 0 ? start : runs[index - 1]!.fromEnd, run.fromStart).map(diffLine(" ")),
    ...from.slice(run.fromStart, run.fromEnd).map(diffLine("-")),
    ...to.slice(run.toStart, run.toEnd).map(diffLine("+")),
  ]);
  const tail = from.slice(last.fromEnd, last.fromEnd + after).map(diffLine(" "));
  return [`@@ ${spans} @@\n`, ...lines, ...tail].join("");
}

/** Lines are counted from 1; of an empty span the line before it is given. */
function span(start: number, end: number): string {
  return `${end > start ? start + 1 : start},${end - start}`;
}

function diffLine(sign: string): (line: string) => string {
  return (line) =>
    line.endsWith("\n") ? sign + line : `${sign}${line}\n\\ No newline at end of file\n`;
}
