/** ELF files for tests: a header, segments, and sections, laid one after the other. */
export interface TestElf {
  /** 1 relocatable, 2 executable, 3 shared, 4 core; 2 if absent. */
  readonly type?: number;
  /** 62 is amd64, 183 arm64; 62 if absent. */
  readonly machine?: number;
  readonly osAbi?: number;
  readonly entry?: bigint;
  readonly segments?: readonly TestSegment[];
  readonly sections?: readonly TestSection[];
}

export interface TestSegment {
  /** 1 load, 3 interpreter, 4 note. */
  readonly type: number;
  readonly address?: bigint;
  readonly alignBytes?: number;
  readonly bytes: Uint8Array;
}

export interface TestSection {
  readonly name: string;
  /** 1 contents, 2 symbols, 3 strings, 7 notes, 8 no bits, 11 dynamic symbols. */
  readonly type: number;
  readonly link?: number;
  readonly bytes: Uint8Array;
}

export function buildElf(elf: TestElf): Buffer {
  const segments = elf.segments ?? [];
  const names = stringsOf(["", ...(elf.sections ?? []).map(({ name }) => name), ".names"]);
  const sections: readonly TestSection[] = elf.sections
    ? [...elf.sections, { name: ".names", type: 3, bytes: names.bytes }]
    : [];
  const chunks: Buffer[] = [];
  let end = 64 + segments.length * 56 + sections.length * 64;
  const place = (bytes: Uint8Array): number => {
    const at = end;
    chunks.push(Buffer.from(bytes));
    end += bytes.length;
    return at;
  };
  const header = Buffer.alloc(64);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, elf.osAbi ?? 0]).copy(header);
  header.writeUInt16LE(elf.type ?? 2, 16);
  header.writeUInt16LE(elf.machine ?? 62, 18);
  header.writeBigUInt64LE(elf.entry ?? 0x200000n, 24);
  header.writeBigUInt64LE(64n, 32);
  header.writeBigUInt64LE(BigInt(64 + segments.length * 56), 40);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(segments.length, 56);
  header.writeUInt16LE(64, 58);
  header.writeUInt16LE(sections.length, 60);
  header.writeUInt16LE(Math.max(0, sections.length - 1), 62);
  const tables = [
    ...segments.map((segment) => {
      const row = Buffer.alloc(56);
      row.writeUInt32LE(segment.type, 0);
      row.writeBigUInt64LE(BigInt(place(segment.bytes)), 8);
      row.writeBigUInt64LE(segment.address ?? 0n, 16);
      row.writeBigUInt64LE(BigInt(segment.bytes.length), 32);
      row.writeBigUInt64LE(BigInt(segment.bytes.length), 40);
      row.writeBigUInt64LE(BigInt(segment.alignBytes ?? 4), 48);
      return row;
    }),
    ...sections.map((section) => {
      const row = Buffer.alloc(64);
      row.writeUInt32LE(names.offsets.get(section.name)!, 0);
      row.writeUInt32LE(section.type, 4);
      row.writeBigUInt64LE(BigInt(place(section.bytes)), 24);
      row.writeBigUInt64LE(BigInt(section.bytes.length), 32);
      row.writeUInt32LE(section.link ?? 0, 40);
      return row;
    }),
  ];
  return Buffer.concat([header, ...tables, ...chunks]);
}

export function elfNote(name: string, type: number, data: Uint8Array): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(name.length + 1, 0);
  head.writeUInt32LE(data.length, 4);
  head.writeUInt32LE(type, 8);
  return Buffer.concat([head, padded(Buffer.from(`${name}\0`)), padded(data)]);
}

/** A symbol table and its strings, as two sections of which the second is number `stringsSection`. */
export function symbolSections(
  symbols: readonly {
    readonly name: string;
    readonly address: bigint;
    readonly section?: number;
  }[],
  stringsSection: number,
): readonly TestSection[] {
  const strings = stringsOf(["", ...symbols.map(({ name }) => name)]);
  const rows = symbols.map(({ name, address, section }) => {
    const row = Buffer.alloc(24);
    row.writeUInt32LE(strings.offsets.get(name)!, 0);
    row.writeUInt16LE(section ?? 1, 6);
    row.writeBigUInt64LE(address, 8);
    return row;
  });
  return [
    { name: ".dynsym", type: 11, link: stringsSection, bytes: Buffer.concat(rows) },
    { name: ".dynstr", type: 3, bytes: strings.bytes },
  ];
}

function stringsOf(texts: readonly string[]): {
  bytes: Buffer;
  offsets: ReadonlyMap<string, number>;
} {
  const offsets = new Map<string, number>();
  let bytes = Buffer.alloc(0);
  for (const text of texts) {
    offsets.set(text, bytes.length);
    bytes = Buffer.concat([bytes, Buffer.from(`${text}\0`)]);
  }
  return { bytes, offsets };
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
