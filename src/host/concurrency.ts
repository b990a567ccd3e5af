/**
 * How many guests this host carries at once.
 */
import { availableParallelism, freemem } from "node:os";

/** A guest that the host has to swap for is slower than one that waits; this much of the free memory is left. */
export const SPARE_SHARE = 0.2;

/** At least one: a host too small for a guest will say so itself. */
export function slotsFor(cpus: number, memoryMiB: number): number {
  const byCores = Math.floor(availableParallelism() / cpus);
  const byMemory = Math.floor((freemem() * (1 - SPARE_SHARE)) / (memoryMiB * 1024 * 1024));
  return Math.max(1, Math.min(byCores, byMemory));
}

/**
 * Works on each item, at most `slots` at once, in order; results keep the items' order.
 *
 * @throws what the first failed one threw, once nothing is under way any more; what had not begun is left out
 * @example await runInSlots(2, columns, runColumn)
 */
export async function runInSlots<Item, Result>(
  slots: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    while (next < items.length && !failure) {
      const index = next++;
      try {
        results[index] = await work(items[index]!);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(slots, items.length) }, worker));
  if (failure) throw failure.error;
  return results;
}
