/**
 * The tiny guest that proves an accelerator: one boot sector.
 *
 * /dev/kvm may exist and guests still die under it (nested hosts), in real mode or only once paging is on. So the guest
 * goes the way that a kernel goes: real mode, page tables, long mode; then it writes to QEMU's `isa-debug-exit` device,
 * which ends QEMU with the status (value << 1) | 1.
 *
 *     7c00  cli; clear segments; zero 12 KiB at 0x1000
 *     7c10  PML4[0] = 0x2003; PDPT[0] = 0x3003; PD[0] = 0x83 (2 MiB page, identity)
 *     7c22  CR4 = PAE | PGE; CR3 = 0x1000; EFER.LME = 1; CR0 |= PG | PE
 *     7c4d  lgdt 7c70; ljmp 8:7c57
 *     7c57  (64 bits)  mov al, 0x10; out 0xf4, al; hlt
 *     7c60  GDT: null, 64-bit code;  7c70  its limit and base
 */
export const PROOF_STATUS = (0x10 << 1) | 1;

export const PROOF_DEVICE = "isa-debug-exit,iobase=0xf4,iosize=1";

const CODE =
  "fa31c08ed88ec0bf0010b90018fcf3abc70600100320c70600200330c7060030830066b8a00000000f22e066b800" +
  "1000000f22d866b9800000c00f320d00010f300f20c0660d010000800f22c00f0116707cea577c0800b010e6f4f4" +
  "ebfd6690000000000000000000000000009a20000f00607c";

/** The 512 bytes of the boot sector. */
export function proofSector(): Uint8Array {
  const sector = new Uint8Array(512);
  sector.set(Buffer.from(CODE, "hex"));
  sector.set([0x55, 0xaa], 510);
  return sector;
}
