/**
 * CRC-32C (Castagnoli, polynomial 0x1EDC6F41 reflected to 0x82F63B78) *without* the customary final inversion, which is
 * how UFS2 keeps its check-hashes: FreeBSD passes ~0 as the start value and stores the register as it is.
 *
 * @example crc32cRegister(Buffer.from("123456789")) // 0x1cf96d7c, the complement of CRC-32C's check value 0xe3069283
 */
export function crc32cRegister(bytes: Uint8Array): number {
  let register = 0xffffffff;
  for (let index = 0; index < bytes.length; index++)
    register = TABLE[(register ^ bytes[index]!) & 0xff]! ^ (register >>> 8);
  return register >>> 0;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});
