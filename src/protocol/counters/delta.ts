/**
 * What became of counters between two readings.
 */
import type { Reading, Readings } from "./reading.js";

/** One counter, or one bucket of it. */
export interface Delta {
  /** `init_count`, `bucket_req_total[3]`. */
  readonly name: string;
  /** undefined where it was not there, or is no number. */
  readonly before: bigint | undefined;
  readonly after: bigint | undefined;
  /** undefined where one of the two is. Of an unsigned one that began again at 0 what it counted meanwhile. */
  readonly change: bigint | undefined;
  readonly hasWrapped: boolean;
  /** Why there is no change to tell, in a clause; undefined where there is. */
  readonly problem: string | undefined;
  /** Whether it is not as it was. */
  readonly isNews: boolean;
}

/** In the order of the later readings; those that went away last. */
export function deltasOf(before: Readings, after: Readings): readonly Delta[] {
  const names = [...after.keys(), ...[...before.keys()].filter((name) => !after.has(name))];
  return names.flatMap((name) => deltasOfOne(name, before.get(name), after.get(name)));
}

function deltasOfOne(
  name: string,
  before: Reading | undefined,
  after: Reading | undefined,
): readonly Delta[] {
  // One number that became buckets is compared with none of them.
  const hasOtherShape = before && after && before.isList !== after.isList;
  if (hasOtherShape || before?.values.length === 0 || after?.values.length === 0) {
    return [noNumber(name, before, after)];
  }
  const length = Math.max(before?.values.length ?? 0, after?.values.length ?? 0);
  const { isList, unsignedBits } = (after ?? before)!;
  return Array.from({ length }, (_, index) =>
    deltaOf(
      isList ? `${name}[${index}]` : name,
      before?.values[index],
      after?.values[index],
      unsignedBits,
    ),
  );
}

function deltaOf(
  name: string,
  before: bigint | undefined,
  after: bigint | undefined,
  bits: number | undefined,
): Delta {
  const common = { name, before, after };
  if (before === undefined || after === undefined) {
    const problem =
      before === undefined ? `appeared meanwhile: ${after}` : `went away meanwhile: ${before}`;
    return { ...common, change: undefined, hasWrapped: false, problem, isNews: true };
  }
  const wrapped = wrappedBy(before, after, bits);
  const change = after - before + wrapped;
  const hasWrapped = wrapped > 0n;
  return { ...common, change, hasWrapped, problem: undefined, isNews: change !== 0n };
}

/**
 * An unsigned counter that is smaller than before has begun again at 0 if that is the shorter way, else it went backwards. A
 * file says no width: there only one that was in the upper half of 64 bits can have done so.
 */
function wrappedBy(before: bigint, after: bigint, bits = 64): bigint {
  const size = 1n << BigInt(bits);
  const isShorter = before > after && after >= 0n && before - after > size / 2n;
  return isShorter ? size : 0n;
}

function noNumber(name: string, before: Reading | undefined, after: Reading | undefined): Delta {
  const [was, is] = [before, after].map((one) => one && said(one));
  const problem =
    was === is
      ? `no number: ${is}`
      : `no number: ${was ?? "missing"} before, ${is ?? "missing"} after`;
  return {
    ...{ name, before: undefined, after: undefined, change: undefined, hasWrapped: false },
    ...{ problem, isNews: was !== is },
  };
}

function said({ values, text }: Reading): string {
  return values.length > 0 ? values.join(",") : JSON.stringify((text ?? "").slice(0, 40));
}

/** `+2`, `-1`, `0`, `+4 (wrapped)`. */
export function formatChange({ change, hasWrapped, problem }: Delta): string {
  if (change === undefined) return problem ?? "";
  return `${change > 0n ? "+" : ""}${change}${hasWrapped ? " (wrapped)" : ""}`;
}
