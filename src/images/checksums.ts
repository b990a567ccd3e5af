/**
 * A checksum file as the BSDs write it: a line for each file, `SHA256 (FILE) = HEX`.
 */
const LINE = /^SHA256 \(([^()/\s]+)\) = ([0-9a-f]{64})$/i;

/**
 * File names and their SHA-256 in lower case. Lines of another form, such as a signature around the list, are passed over.
 *
 * @example parseChecksums("SHA256 (a.raw.xz) = 9f86…0a08\n").get("a.raw.xz") // "9f86…0a08"
 */
export function parseChecksums(text: string): ReadonlyMap<string, string> {
  const checksums = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = LINE.exec(line.trim());
    if (match) checksums.set(match[1]!, match[2]!.toLowerCase());
  }
  return checksums;
}
