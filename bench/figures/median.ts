/** The middle value; of an even number of them the upper of the two. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** @example spread([3, 1, 2]) // "2 ms (median; 3, 1, 2)" */
export function spread(valuesMs: readonly number[]): string {
  return `${median(valuesMs).toFixed(0)} ms (median; ${valuesMs.map((ms) => ms.toFixed(0)).join(", ")})`;
}
