/**
 * The master boot record: sector 0, with four slots for partitions and a signature. On a GPT disk it is *protective*: one
 * slot of type 0xee covers the disk (UEFI 2.10, section 5.2.3). FreeBSD's `gpart create -s mbr` writes real slots.
 *
 * | OFFSET | SIZE | MEANING                             |
 * | ------ | ---- | ----------------------------------- |
 * | 446    | 4×16 | slots                               |
 * | 510    | 2    | signature 0xaa55, bytes `55 aa`     |
 *
 * A slot: flags at 0, type at 4, first LBA at 8, number of sectors at 12, all but the first two 32 bits wide.
 *
 * Worked example, a protective slot: `00 00 02 00 ee ff ff ff 01 00 00 00 ff ff 05 00` is type 0xee from LBA 1 on.
 */
import { record, u16, u32, u8 } from "../../binary/records.js";

const mbrSlot = record("MBR slot", 16, {
  flags: u8(0),
  type: u8(4),
  firstLba: u32(8),
  sectorCount: u32(12),
});
const mbr = record("MBR", 512, { signature: u16(510) });

export const PROTECTIVE = 0xee;

export interface MbrSlot {
  /** 1 to 4. */
  readonly number: number;
  readonly type: number;
  readonly firstLba: number;
  readonly sectorCount: number;
}

/** The used slots of sector 0; none when it carries no signature. */
export function readMbrSlots(sector: Uint8Array): readonly MbrSlot[] {
  if (mbr.decode(sector).signature !== 0xaa55) return [];
  return [0, 1, 2, 3]
    .map((index) => ({ number: index + 1, ...mbrSlot.decode(sector, 446 + 16 * index) }))
    .filter((slot) => slot.type !== 0 && slot.sectorCount !== 0);
}
