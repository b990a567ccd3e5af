/** What a tail shows when a guest never said anything: as useful to know as any text. */
export const noConsoleOutput = "<no console output>";

/** The last lines of a console, within a bound. */
export interface ContextRing {
  add(line: string): void;
  /** At most `maxLines` of the last lines, oldest first. `unfinished` is what stands on the line that is being written. */
  tail(maxLines: number, unfinished: string): readonly string[];
}

/** @param maxBytes what is kept, counted in UTF-16 units of text plus one a line; at least the last line is kept. */
export function openContextRing(maxBytes: number): ContextRing {
  let lines: string[] = [];
  let first = 0;
  let held = 0;
  return {
    add(line) {
      lines.push(line);
      held += line.length + 1;
      while (held > maxBytes && first < lines.length - 1) held -= lines[first++]!.length + 1;
      // Dropping the unused front only when it is the larger part keeps the cost per line constant.
      if (first * 2 > lines.length) [lines, first] = [lines.slice(first), 0];
    },
    tail(maxLines, unfinished) {
      const shown = lines.slice(Math.max(first, lines.length - maxLines));
      if (unfinished !== "") shown.push(unfinished);
      const kept = shown.slice(Math.max(0, shown.length - maxLines));
      return lines.length === 0 && unfinished === "" ? [noConsoleOutput] : kept;
    },
  };
}
