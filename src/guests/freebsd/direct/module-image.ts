/**
 * A FreeBSD kernel module (`*.ko` of amd64, an object file) as loader(8) lays it into memory.
 *
 * Source: FreeBSD `stand/common/load_elf_obj.c`, `sys/kern/link_elf_obj.c`. The sections follow each other, each at its own alignment:
 * what the module runs with; its symbols, their names and the names of its sections; the relocations of what it runs with. Where each
 * lies is said in its header's address, and the kernel relocates it itself.
 */
import { LaneError } from "../../../base/errors.js";
import { bytesAt, readElf, SECTION_NO_BITS, sectionTable } from "../../../binary/elf.js";
import type { ByteSource } from "../../../binary/byte-source.js";
import { METADATA, type LoadedFile } from "./metadata.js";

export interface ModuleImage {
  readonly file: LoadedFile;
  readonly bytes: Uint8Array;
}

const SECTION_SYMBOLS = 2;
const RELOCATIONS: ReadonlySet<number> = new Set([4, 9]);
/** Contents, zeros, initialisers, finalisers, unwinding. */
const RUN_WITH: ReadonlySet<number> = new Set([1, SECTION_NO_BITS, 14, 15, 0x70000001]);
const FLAG_IN_MEMORY = 2;

/**
 * @param name the path of the module in the guest
 * @param address a multiple of the page size
 * @throws LaneError `module-not-a-module`, those of reading an ELF file (image)
 */
export function moduleImage(file: ByteSource, name: string, address: number): ModuleImage {
  const elf = readElf(file);
  if (elf?.type !== "relocatable" || elf.machine !== "amd64") throw notAModule(file.name);
  const { sections } = elf;
  const symbols = sections.findIndex(({ type }) => type === SECTION_SYMBOLS);
  const strings = sections[symbols]?.link ?? -1;
  const isInMemory = (index: number): boolean =>
    ((sections[index]?.flags ?? 0) & FLAG_IN_MEMORY) !== 0;
  const loaded = [
    ...indexes(({ type, sizeBytes }, at) => RUN_WITH.has(type) && sizeBytes > 0 && isInMemory(at)),
    symbols,
    strings,
    elf.namesSection,
    ...indexes(({ type, info }) => RELOCATIONS.has(type) && isInMemory(info)),
  ];
  if (loaded.some((index) => sections[index] === undefined)) throw notAModule(file.name);

  const headers = elf.sectionBytes.slice();
  for (let at = 0; at < sections.length; at++)
    sectionTable.encodeInto(headers, { address: 0n }, at * sectionTable.sizeBytes);
  const parts: Uint8Array[] = [];
  let end = address;
  for (const index of loaded) {
    const { type, offsetBytes, sizeBytes, alignBytes } = sections[index]!;
    const start = Math.ceil(end / Math.max(1, alignBytes)) * Math.max(1, alignBytes);
    const bytes =
      type === SECTION_NO_BITS ? Buffer.alloc(sizeBytes) : bytesAt(file, offsetBytes, sizeBytes);
    parts.push(Buffer.alloc(start - end), bytes);
    sectionTable.encodeInto(headers, { address: BigInt(start) }, index * sectionTable.sizeBytes);
    end = start + sizeBytes;
  }
  return {
    bytes: Buffer.concat(parts),
    file: {
      name,
      type: "elf obj module",
      address,
      sizeBytes: end - address,
      records: [
        [METADATA.elfHeader, elf.headerBytes],
        [METADATA.sectionHeaders, headers],
      ],
    },
  };

  function indexes(
    isWanted: (section: (typeof sections)[number], index: number) => boolean,
  ): readonly number[] {
    return sections.flatMap((section, index) => (isWanted(section, index) ? [index] : []));
  }
}

function notAModule(name: string): LaneError {
  return new LaneError(
    "module-not-a-module",
    `${name} is no kernel module for amd64, which is a relocatable ELF file`,
    { facts: { path: name } },
  );
}
