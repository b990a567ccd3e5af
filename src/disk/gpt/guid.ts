/**
 * GUIDs as GPT stores them (UEFI 2.10, appendix A): the first three groups little-endian, the last two as they are read.
 *
 * Worked example: `b6 7c 6e 51 cf 6e d6 11 8f f8 00 02 2d 09 71 2b` is `516e7cb6-6ecf-11d6-8ff8-00022d09712b`.
 */
export function formatGuid(bytes: Uint8Array): string {
  const hex = DISK_ORDER.map((index) => bytes[index]!.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The sixteen bytes of a GUID in its usual spelling. */
export function parseGuid(spelled: string): Uint8Array {
  const read = Buffer.from(spelled.replaceAll("-", ""), "hex");
  if (read.length !== 16) throw new RangeError(`${spelled} is no GUID`);
  return Uint8Array.from(DISK_ORDER, (index) => read[index]!);
}

/** The permutation between reading order and disk order; it is its own inverse. */
const DISK_ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
