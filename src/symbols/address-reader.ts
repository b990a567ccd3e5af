/** What answers for the addresses of one file. */
import { normalize } from "node:path";
import type { SourcePlace } from "./symbols.js";

export interface AddressReader extends AsyncDisposable {
  /**
   * Innermost first; an empty list for an address that has no line. In the order of the addresses.
   *
   * @throws ReaderTrouble when the program dies, does not answer in time, or answers with something else
   */
  read(addresses: readonly bigint[]): Promise<readonly (readonly SourcePlace[])[]>;
}

/** The program failed, which is no trouble of the lane: the frames stay without lines, and say why. */
export class ReaderTrouble extends Error {}

/** A place as a program says it, or `undefined` where it has no line: line 0 is code that the compiler made up. */
export function placeOf(
  functionName: string,
  file: string,
  line: number,
  column?: number,
): SourcePlace | undefined {
  if (file === "" || file.startsWith("??") || !Number.isSafeInteger(line) || line <= 0)
    return undefined;
  const isKnown = functionName !== "" && !functionName.startsWith("??");
  return {
    function: isKnown ? functionName : "",
    file: normalize(file),
    line,
    ...(column === undefined || column <= 0 ? {} : { column }),
  };
}

/** Debug information is read from the file alone: a program that asks servers on the network for more would wait for them. */
export function withoutServers(): Readonly<Record<string, string | undefined>> {
  return { ...process.env, DEBUGINFOD_URLS: "" };
}
