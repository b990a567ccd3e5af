/** A disk that is an array of bytes; what is read are copies, so that no reader can change it. */
import { checkRange, type Disk } from "./disk.js";

export function memoryDisk(bytes: Uint8Array, name = "memory disk"): Disk {
  const self = { name, sizeBytes: bytes.length };
  return {
    ...self,
    read(offsetBytes, lengthBytes) {
      checkRange(self, offsetBytes, lengthBytes);
      // Not slice(): that of a Buffer is a view and no copy.
      return new Uint8Array(bytes.subarray(offsetBytes, offsetBytes + lengthBytes));
    },
  };
}
