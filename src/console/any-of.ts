/**
 * One pattern for whether any of many matches: most lines of a console match none, and asking them one by one is what reading costs.
 * It has no groups; who wants to know which one matched asks that one.
 *
 * @param patterns without flags
 */
export function anyOf(patterns: readonly RegExp[]): RegExp {
  return new RegExp(
    patterns.map(({ source }) => `(?:${withoutNames(source)})`).join("|") || "(?!)",
  );
}

/** Two alternatives may use one name, which no pattern may do. */
function withoutNames(source: string): string {
  return source.replace(/(\\.)|\(\?<\w+>/g, (_, escaped?: string) => escaped ?? "(?:");
}
