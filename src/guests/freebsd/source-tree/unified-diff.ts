/**
 * A change as a unified diff that patch(1) and `git apply` take. The overlay changes one run of lines in a file, so
 * one hunk, between the common beginning and the common end, says it all.
 */
import type { SourceChange } from "./overlay-plan.js";

const CONTEXT_LINES = 3;

/** @example formatUnifiedDiff({ path: "sys/conf/files", before: "a\n", after: "a\nb\n" }) */
export function formatUnifiedDiff({ path, before, after }: SourceChange): string {
  const from = toLines(before);
  const to = toLines(after);
  const prefix = commonPrefix(from, to);
  const suffix = commonPrefix(from.slice(prefix).reverse(), to.slice(prefix).reverse());
  const start = Math.max(0, prefix - CONTEXT_LINES);
  const fromEnd = Math.min(from.length, from.length - suffix + CONTEXT_LINES);
  const toEnd = Math.min(to.length, to.length - suffix + CONTEXT_LINES);
  return [
    `--- ${before === undefined ? "/dev/null" : `a/${path}`}\n`,
    `+++ ${after === undefined ? "/dev/null" : `b/${path}`}\n`,
    `@@ -${span(start, fromEnd)} +${span(start, toEnd)} @@\n`,
    ...from.slice(start, prefix).map((line) => diffLine(" ", line)),
    ...from.slice(prefix, from.length - suffix).map((line) => diffLine("-", line)),
    ...to.slice(prefix, to.length - suffix).map((line) => diffLine("+", line)),
    ...from.slice(from.length - suffix, fromEnd).map((line) => diffLine(" ", line)),
  ].join("");
}

/** Each line with its newline; the last one may have none. */
function toLines(text: string | undefined): string[] {
  return text?.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function commonPrefix(a: readonly string[], b: readonly string[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

/** Lines are counted from 1; of an empty span the line before it is given. */
function span(start: number, end: number): string {
  return `${end > start ? start + 1 : start},${end - start}`;
}

function diffLine(sign: string, line: string): string {
  return line.endsWith("\n") ? sign + line : `${sign}${line}\n\\ No newline at end of file\n`;
}
