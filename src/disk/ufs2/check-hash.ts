/** Check-hashes of UFS2 records. */
import { crc32cRegister } from "../../binary/crc32c.js";

/**
 * The check-hash of a UFS2 record (sys/ufs/ffs/ffs_subr.c): of its bytes with those of the hash itself as zeros. A superblock's
 * covers `hashedBytes`, a cylinder group's `groupBytes`, an inode's all of its 256 bytes.
 */
export function checkHashOf(bytes: Uint8Array, hashAtBytes: number): number {
  const copy = bytes.slice();
  copy.fill(0, hashAtBytes, hashAtBytes + 4);
  return crc32cRegister(copy);
}
