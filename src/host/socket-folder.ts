import { tmpdir } from "node:os";
import { join } from "node:path";

/** `sun_path` has 104 bytes on FreeBSD and macOS, 108 on Linux, and a zero at its end. */
const LONGEST_PATH_BYTES = 103;

/**
 * Where a folder of that name may hold a unix socket: the temporary folder, or `/tmp` where that one's path is too long. Nothing is
 * made.
 *
 * @param file the longest name that a socket in it has
 * @example socketFolder("kernlane-0a1b2c", "console") // "/tmp/kernlane-0a1b2c"
 */
export function socketFolder(name: string, file: string): string {
  const [usual, short] = [tmpdir(), "/tmp"].map((parent) => join(parent, name));
  return Buffer.byteLength(join(usual!, file)) <= LONGEST_PATH_BYTES ? usual! : short!;
}
