/**
 * What a Linux module says of the kernel that it was built for: texts in the section `.modinfo`, each `KEY=VALUE` up to a NUL.
 *
 * Source: Linux `include/linux/moduleparam.h`, `include/linux/vermagic.h`: `vermagic=6.1.0-56-cloud-amd64 SMP preempt mod_unload modversions`.
 */
import { bytesAt, SECTION_NO_BITS, type Elf } from "./elf.js";

const MAX_INFO_BYTES = 1024 * 1024;

/**
 * The release of the kernel that the module was built for; `undefined` where the file does not say, as debug information alone.
 *
 * @throws LaneError `elf-damaged` (image)
 */
export function moduleRelease(elf: Elf): string | undefined {
  const section = elf.sections.find(({ name }) => name === ".modinfo");
  if (section === undefined || section.type === SECTION_NO_BITS) return undefined;
  if (section.sizeBytes > MAX_INFO_BYTES) return undefined;
  const info = Buffer.from(bytesAt(elf.file, section.offsetBytes, section.sizeBytes));
  return /(?:^|\0)vermagic=([^ \0]+)/.exec(info.toString("latin1"))?.[1];
}
