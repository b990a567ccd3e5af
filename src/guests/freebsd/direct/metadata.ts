/**
 * What a loader tells a FreeBSD kernel about itself and what was loaded with it: a list of records.
 *
 * Source: FreeBSD `sys/sys/linker.h`, `sys/x86/include/metadata.h`, `sys/kern/subr_module.c`. A record is u32 type, u32 size, the value,
 * padded to 8 bytes. A file begins with its name; two zeros end the list. The kernel is the file of the type `elf kernel`.
 *
 *     01 NAME  02 TYPE  03 ADDR  04 SIZE
 *     8002 ELF header  8003, 8004 symbols from, to  8005 its dynamic section  8006 variables  8007 boot(8)'s options
 *     8008 end of all  8009 section headers  9001 memory map  9006 this list
 *
 * Addresses are physical ones, which the kernel makes its own of by adding KERNBASE; a `dynamic` section's is as it was linked.
 */
const NAME = 1;
const TYPE = 2;
const ADDRESS = 3;
const SIZE = 4;
const ALIGN_BYTES = 8;

/** Records that a file may have beside its name, type, address and size. */
export const METADATA = {
  elfHeader: 0x8002,
  symbolsFrom: 0x8003,
  symbolsTo: 0x8004,
  dynamic: 0x8005,
  variables: 0x8006,
  howto: 0x8007,
  end: 0x8008,
  sectionHeaders: 0x8009,
  memoryMap: 0x9001,
  list: 0x9006,
} as const;

/** A file that was loaded, as its kernel is told. */
export interface LoadedFile {
  readonly name: string;
  /** `elf kernel`, `elf obj module`, or the type of a file that is loaded as it is, such as `boot_entropy_cache`. */
  readonly type: string;
  readonly address: number;
  readonly sizeBytes: number;
  readonly records: readonly (readonly [type: number, value: Uint8Array])[];
}

export function encodeMetadata(files: readonly LoadedFile[]): Uint8Array {
  const records = files.flatMap(({ name, type, address, sizeBytes, records: others }) => [
    encodeRecord(NAME, Buffer.from(`${name}\0`)),
    encodeRecord(TYPE, Buffer.from(`${type}\0`)),
    encodeRecord(ADDRESS, u64Bytes(BigInt(address))),
    encodeRecord(SIZE, u64Bytes(BigInt(sizeBytes))),
    ...others.map(([id, value]) => encodeRecord(id, value)),
  ]);
  return Buffer.concat([...records, Buffer.alloc(ALIGN_BYTES)]);
}

/** Where in the encoded list the value of the first record of this type is. */
export function offsetOfRecord(list: Uint8Array, wanted: number): number {
  const view = new DataView(list.buffer, list.byteOffset, list.length);
  let at = 0;
  while (view.getUint32(at, true) !== wanted)
    at += ALIGN_BYTES + padded(view.getUint32(at + 4, true));
  return at + ALIGN_BYTES;
}

export function u64Bytes(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

export function u32Bytes(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function encodeRecord(type: number, value: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(ALIGN_BYTES + padded(value.length));
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(value.length, 4);
  bytes.set(value, ALIGN_BYTES);
  return bytes;
}

function padded(sizeBytes: number): number {
  return Math.ceil(sizeBytes / ALIGN_BYTES) * ALIGN_BYTES;
}
