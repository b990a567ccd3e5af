import type { Frame } from "./stack.js";

/**
 * A backtrace with the function that trapped. A FreeBSD kernel without ddb(4) unwinds past it, and one whose stack overflowed does not
 * unwind at all; but the report names the address of the instruction.
 *
 * @param place the function that the address lies in, where it is known
 * @param reporters functions that handle the trap: the place is behind them
 */
export function withTrapped(
  frames: readonly Frame[],
  place: Frame | undefined,
  reporters: RegExp,
): readonly Frame[] {
  if (place === undefined || frames.some(({ isExact }) => isExact === true)) return frames;
  const at = frames.findIndex((frame) => !reporters.test(frame.function));
  if (at < 0) return [...frames, place];
  // ddb(4)'s own frames have no addresses, and the function that trapped is among them.
  const { address, function: name } = frames[at]!;
  if (address === undefined || name === place.function) return frames;
  return [...frames.slice(0, at), place, ...frames.slice(at)];
}
