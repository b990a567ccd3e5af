/** Which of the functions of one name a frame is in: C has static functions of one name in many files, and a wrong one would give a wrong line. */
import type { ElfFunction } from "../binary/elf-functions.js";
import type { Frame } from "../console/stack.js";

export interface PickRules {
  /** Of what the functions are, for messages: `vmlinux`. */
  readonly file: string;
  /**
   * What an address on the console may differ by from that of the file: 0 where the kernel runs where it was linked to, a multiple of this
   * where it is moved at its start. Absent: addresses say nothing, as in a module.
   */
  readonly slideBytes?: bigint;
}

export type Picked =
  | { readonly function: ElfFunction }
  /** `isElsewhere`: the file has no such function, and another one may have it. */
  | { readonly problem: string; readonly isElsewhere?: true };

/** Assemblers give functions no size, and the last one has nothing behind it. */
const LONGEST_WITHOUT_SIZE = 4096;
/** Functions are aligned, and some have bytes before them that belong to nobody. */
const MAX_PADDING_BYTES = 128;

/** @param candidates all functions of the name of the frame */
export function pickFunction(
  frame: Frame,
  candidates: readonly ElfFunction[],
  rules: PickRules,
): Picked {
  const { file } = rules;
  const name = frame.symbol ?? frame.function;
  if (frame.offsetBytes === undefined)
    return { problem: `the line of ${name} does not say how far into it` };
  const places = distinct(candidates);
  if (places.length === 0) return { problem: `${file} has no function ${name}`, isElsewhere: true };
  const at = `${name}+0x${frame.offsetBytes.toString(16)}`;
  const there = byAddress(frame, places, rules);
  if (there.length === 0)
    return { problem: `${at} is not at ${frame.address} in ${file}`, isElsewhere: true };
  const long = there.filter((one) => isWithin(frame, one));
  if (long.length === 0)
    return { problem: `${at} is behind the end of ${name} in ${file}: another build?` };
  const sized = bySize(frame, long);
  if (sized.length === 0)
    return {
      problem: `${name} has ${sizes(long)} bytes in ${file}, and ${hex(frame.sizeBytes)} in the kernel that ran: another build?`,
    };
  if (sized.length > 1)
    return {
      problem: `${file} has ${sized.length} functions ${name}, and the line does not say which`,
    };
  return { function: sized[0]! };
}

/** Several names and weak definitions may stand for one place. */
function distinct(candidates: readonly ElfFunction[]): readonly ElfFunction[] {
  const byPlace = new Map<string, ElfFunction>();
  for (const one of candidates) {
    const key = `${one.section} ${one.value}`;
    const known = byPlace.get(key);
    if (known === undefined || known.sizeBytes < one.sizeBytes) byPlace.set(key, one);
  }
  return [...byPlace.values()];
}

function byAddress(
  frame: Frame,
  places: readonly ElfFunction[],
  { slideBytes }: PickRules,
): readonly ElfFunction[] {
  if (frame.address === undefined || slideBytes === undefined) return places;
  const address = BigInt(frame.address);
  const fitting = places.filter(({ value }) => {
    const slide = address - value - BigInt(frame.offsetBytes!);
    return slideBytes === 0n ? slide === 0n : slide % slideBytes === 0n;
  });
  // Linux prints hashes in the place of addresses to those who may not know them.
  return fitting.length === 0 && slideBytes !== 0n ? places : fitting;
}

/** A return address may be the one behind the function's end, where the last thing it does is a call that does not come back. */
function isWithin(frame: Frame, { sizeBytes, spanBytes }: ElfFunction): boolean {
  const longest = Math.max(sizeBytes, spanBytes) || LONGEST_WITHOUT_SIZE;
  return frame.isExact ? frame.offsetBytes! < longest : frame.offsetBytes! <= longest;
}

/** Those of the size that was printed: to the next symbol, as Linux counts it, else as the compiler does, else with padding. */
function bySize(frame: Frame, places: readonly ElfFunction[]): readonly ElfFunction[] {
  const printed = frame.sizeBytes;
  if (printed === undefined) return places;
  const fits: readonly ((one: ElfFunction) => boolean)[] = [
    ({ spanBytes }) => spanBytes === printed,
    ({ sizeBytes }) => sizeBytes === printed,
    ({ sizeBytes }) =>
      sizeBytes > 0 && printed > sizeBytes && printed - sizeBytes <= MAX_PADDING_BYTES,
    // The last one of its section: Linux counts up to whatever comes behind.
    ({ sizeBytes, spanBytes }) => spanBytes === 0 && printed >= sizeBytes,
    ({ sizeBytes }) => sizeBytes === 0,
  ];
  for (const fit of fits) {
    const fitting = places.filter(fit);
    if (fitting.length > 0) return fitting;
  }
  return [];
}

function sizes(places: readonly ElfFunction[]): string {
  return [...new Set(places.map(({ sizeBytes }) => hex(sizeBytes)))].slice(0, 3).join(" or ");
}

function hex(bytes: number | undefined): string {
  return `0x${(bytes ?? 0).toString(16)}`;
}
