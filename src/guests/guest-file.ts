/**
 * A file of the user's own that goes into the guest: a program for another system would only fail there.
 */
import { LaneError } from "../base/errors.js";
import { familyNames, type GuestFamily } from "../base/family.js";
import { openFileSource } from "../disk/file-source.js";
import { readElf, type Elf } from "../binary/elf.js";
import { identifyGuestProgram } from "../binary/guest-program.js";

/**
 * Lets everything through that is no ELF program: scripts, data and the kernel's modules are the user's business.
 *
 * @throws LaneError `program-wrong-os`, `program-wrong-arch` (image), and those of `identifyGuestProgram` for a damaged one
 */
export function checkGuestFile(family: GuestFamily, path: string): void {
  using file = openFileSource(path);
  const elf = readElf(file);
  if (elf === undefined || isModule(elf)) return;
  const { os, arch } = identifyGuestProgram(file);
  // Linux does not look at a program's brand; FreeBSD runs none without.
  const fits = os === family || (os === "unknown" && family === "linux");
  if (fits && arch === "amd64") return;
  const found =
    os === "unknown" ? "a program that names no system" : `a ${familyNames[os]} program`;
  throw new LaneError(
    fits ? "program-wrong-arch" : "program-wrong-os",
    `${path} is ${found} for ${arch}, expected a ${familyNames[family]} program for amd64`,
    {
      hint: `build it for the guest, such as with: zig build -Dtarget=x86_64-${family}`,
      facts: { path },
    },
  );
}

/** What a module says of itself: Linux' and FreeBSD's section for that. */
function isModule({ type, sections }: Elf): boolean {
  return (
    type === "relocatable" &&
    sections.some(({ name }) => name === ".modinfo" || name === "set_modmetadata_set")
  );
}
