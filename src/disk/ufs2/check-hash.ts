/**
 * Check-hashes (sys/ufs/ffs/ffs_subr.c): the CRC-32C register over the bytes of a record in which the hash itself is zero.
 * The superblock's covers `hashedBytes`, a cylinder group's `groupBytes`, an inode's all of its 256 bytes.
 */
import { crc32cRegister } from "../../binary/crc32c.js";

export function checkHashOf(bytes: Uint8Array, hashAtBytes: number): number {
  const copy = bytes.slice();
  copy.fill(0, hashAtBytes, hashAtBytes + 4);
  return crc32cRegister(copy);
}
