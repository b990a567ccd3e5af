/** The number that a linker gives to each build, in the note NT_GNU_BUILD_ID. */
import { elfNotes, type Elf } from "./elf.js";

const NT_GNU_BUILD_ID = 3;

/**
 * In hexadecimal; `undefined` where the file has none.
 *
 * @example buildIdOf(kernel) === buildIdOf(symbols) // whether these are the symbols of that kernel
 */
export function buildIdOf(elf: Elf): string | undefined {
  // The segments of a file that has symbols only are still those of the kernel, and lead nowhere.
  const note = elfNotes({ ...elf, segments: [] }).find(
    ({ name, type }) => name === "GNU" && type === NT_GNU_BUILD_ID,
  );
  return note && Buffer.from(note.data).toString("hex");
}
