/**
 * How a FreeBSD kernel is entered, and the few instructions that do it: what loader(8) does last, for a machine that has none.
 *
 * Source: FreeBSD `sys/amd64/amd64/locore.S` (what the kernel expects) of 13 to 15; the PVH start of Xen's `public/arch-x86/hvm/start_info.h`
 * (what QEMU gives: 32 bits, flat segments, no paging, `ebx` is the address of the start information). QEMU's own way into a
 * kernel with a PVH note is not taken: it knows no modules and no symbols, has one line of 4 KiB for all variables, and 13 has no such note.
 *
 *     PHYSICAL  WHAT
 *     100000    the instructions
 *     100100    8 entry address | 4 where the memory map goes | 4 zero | 24 GDT: null, 64-bit code, data | 6 its limit and base
 *     100140    the stack that the kernel finds: 4 zero (no return) | 4 metadata | 4 end of all that was loaded
 *     101000    page tables: every GiB of the address space is the first GiB of memory, in pages of 2 MiB
 *
 *     cli; cld; esi = [ebx+40]; edx = min([ebx+48], 32); edi = [100108]     the memory map: 24 bytes an entry, of which
 *     while (edx) { 5 dwords esi → edi; esi += 4; edx-- }                   the kernel has 20
 *     CR4 |= PAE; CR3 = 101000; EFER |= LME; CR0 |= PG | PE; lgdt [100128]; ljmp 8:100061
 *     (64 bits)  esp = 100140; jmp [100100]
 */
import { record, u16, u32, wide } from "../../../binary/records.js";

export const HAND_OVER_ADDRESS = 0x100000;
/** Entries of the memory map that are copied, of 20 bytes; a machine of QEMU's has about ten. */
export const MEMORY_MAP_ENTRIES = 32;

const CODE =
  "fafc8b73288b533083fa207605ba200000008b3d0801100085d2740db905000000f3a583c6044aebef0f20e083c820" +
  "0f22e0b8001010000f22d8b9800000c00f320d000100000f300f20c00d010000800f22c00f011528011000ea610010" +
  "000800bc40011000ff242500011000";

const parameters = record("hand-over parameters", 0x1000, {
  entry: wide(0x100),
  memoryMapAddress: u32(0x108),
  codeSegment: wide(0x118),
  dataSegment: wide(0x120),
  tableLimit: u16(0x128),
  tableAddress: u32(0x12a),
  metadataAddress: u32(0x144),
  endAddress: u32(0x148),
});

export interface HandOver {
  /** Where the kernel begins: of its ELF header. */
  readonly entry: bigint;
  /** Of 640 zeros. */
  readonly memoryMapAddress: number;
  readonly metadataAddress: number;
  /** Of all that was loaded; the kernel takes its first memory from there. */
  readonly endAddress: number;
}

const PAGE_BYTES = 4096;
const TABLE_ENTRIES = 512;
/** Present and writable; of 2 MiB. */
const PAGE = 0x3n;
const LARGE_PAGE = 0x83n;

/** The 16 KiB from {@link HAND_OVER_ADDRESS} on; the first byte is the first instruction. */
export function handOverCode(values: HandOver): Uint8Array {
  const page = new Uint8Array(PAGE_BYTES);
  page.set(Buffer.from(CODE, "hex"));
  parameters.encodeInto(page, {
    ...values,
    codeSegment: 0x00209a0000000000n,
    dataSegment: 0x00cf92000000ffffn,
    tableLimit: 23,
    tableAddress: HAND_OVER_ADDRESS + 0x110,
  });
  const tableAt = (index: number): bigint => BigInt(HAND_OVER_ADDRESS + index * PAGE_BYTES);
  return Buffer.concat([
    page,
    pageTable(() => tableAt(2) | PAGE),
    pageTable(() => tableAt(3) | PAGE),
    pageTable((index) => (BigInt(index) << 21n) | LARGE_PAGE),
  ]);
}

function pageTable(entry: (index: number) => bigint): Uint8Array {
  return new Uint8Array(
    BigUint64Array.from({ length: TABLE_ENTRIES }, (_, at) => entry(at)).buffer,
  );
}
