/**
 * Rust's mangled names (`v0`, RFC 2603), as far as a title needs them: the identifiers on the way, without the hash of the crate,
 * which differs from build to build.
 *
 * @example rustPath("_RNvMs4_NtCs1a2b3c_8rust_twq6threadNtB5_6Thread4wake") // "rust_twq::thread::Thread::wake"
 */
export function rustPath(symbol: string): string {
  const names: string[] = [];
  for (let at = 2; at < symbol.length;) {
    const tag = symbol[at]!;
    if (tag >= "0" && tag <= "9") {
      const [length, from] = lengthAt(symbol, at);
      if (length > 0) names.push(symbol.slice(from, from + length));
      at = from + length;
    } else if (tag === "s" || tag === "B") at = behindBase62(symbol, at);
    else at += tag === "N" ? 2 : 1;
  }
  return names.length > 0 ? names.join("::") : symbol;
}

/** A decimal number, and where the identifier begins: an underscore parts them where that begins like a number. */
function lengthAt(symbol: string, at: number): readonly [length: number, from: number] {
  const digits = /\d{1,4}/y;
  digits.lastIndex = at;
  const text = digits.exec(symbol)![0];
  const behind = at + text.length;
  return [Number(text), symbol[behind] === "_" ? behind + 1 : behind];
}

/** Behind a disambiguator or a back reference: a number in base 62, ended by an underscore. */
function behindBase62(symbol: string, at: number): number {
  const end = symbol.indexOf("_", at);
  return end < 0 ? symbol.length : end + 1;
}
