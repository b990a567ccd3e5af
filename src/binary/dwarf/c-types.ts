/**
 * The layout of a C type, as the compiler that laid it out says it in an object file.
 *
 * Source: DWARF 4, chapter 5 and figures 18 (tags) and 20 (attributes).
 */
import type { Elf } from "../elf.js";
import { readDebugEntries, type DebugEntry } from "./entries.js";

export type CompiledType =
  | { readonly kind: "scalar"; readonly name: string; readonly sizeBytes: number }
  | {
      readonly kind: "array";
      readonly element: CompiledType;
      /** 0 for one that says no length. */
      readonly count: number;
      readonly sizeBytes: number;
    }
  | {
      readonly kind: "struct" | "union";
      readonly name: string;
      readonly sizeBytes: number;
      readonly members: readonly CompiledMember[];
    };

export interface CompiledMember {
  /** Empty for an anonymous struct or union. */
  readonly name: string;
  readonly offsetBytes: number;
  readonly type: CompiledType;
  /** Of a bit-field: its first bit, counted from the start of the struct, and its width. `offsetBytes` has its first bit. */
  readonly bits?: { readonly offset: number; readonly width: number };
}

const POINTER_BYTES = 8;

const tags = {
  array: 0x01,
  enumeration: 0x04,
  member: 0x0d,
  pointer: 0x0f,
  struct: 0x13,
  typedef: 0x16,
  union: 0x17,
  subrange: 0x21,
  variable: 0x34,
} as const;

/** const, volatile, restrict, _Atomic: what changes nothing about a layout. */
const QUALIFIERS: readonly number[] = [0x26, 0x35, 0x37, 0x47, tags.typedef];

const attribute = {
  name: 0x03,
  byteSize: 0x0b,
  bitOffset: 0x0c,
  bitSize: 0x0d,
  upperBound: 0x2f,
  count: 0x37,
  memberLocation: 0x38,
  type: 0x49,
  dataBitOffset: 0x6b,
} as const;

/**
 * The type of a variable in an object file that was compiled with `-gdwarf-4`; `undefined` when there is no such variable.
 *
 * @throws LaneError `dwarf-unreadable` (image)
 */
export function typeOfVariable(elf: Elf, variable: string): CompiledType | undefined {
  const top = readDebugEntries(elf);
  const entries = new Map<number, DebugEntry>();
  collect(top, entries);
  const found = top.children.find(
    (entry) => entry.tag === tags.variable && text(entry, attribute.name) === variable,
  );
  return found && typeOf(found, entries);
}

type Entries = ReadonlyMap<number, DebugEntry>;

function collect(entry: DebugEntry, into: Map<number, DebugEntry>): void {
  into.set(entry.offsetBytes, entry);
  for (const child of entry.children) collect(child, into);
}

function typeOf(entry: DebugEntry, entries: Entries): CompiledType {
  const target = entries.get(number(entry, attribute.type) ?? -1);
  return target ? describe(target, entries) : { kind: "scalar", name: "void", sizeBytes: 0 };
}

function describe(entry: DebugEntry, entries: Entries): CompiledType {
  const name = text(entry, attribute.name);
  const sizeBytes = number(entry, attribute.byteSize) ?? 0;
  if (QUALIFIERS.includes(entry.tag)) {
    const type = typeOf(entry, entries);
    return type.kind === "scalar" && name !== "" ? { ...type, name } : type;
  }
  switch (entry.tag) {
    case tags.pointer:
      return { kind: "scalar", name: "pointer", sizeBytes: POINTER_BYTES };
    case tags.enumeration:
      return { kind: "scalar", name: `enum ${name}`.trim(), sizeBytes };
    case tags.array:
      return describeArray(entry, entries);
    case tags.struct:
    case tags.union: {
      const kind = entry.tag === tags.struct ? "struct" : "union";
      const members = entry.children.filter(({ tag }) => tag === tags.member);
      return {
        kind,
        name,
        sizeBytes,
        members: members.map((one) => describeMember(one, entries)),
      };
    }
    default:
      return { kind: "scalar", name, sizeBytes };
  }
}

/** An array of arrays is one entry with a count for each dimension, the outermost first. */
function describeArray(entry: DebugEntry, entries: Entries): CompiledType {
  const counts = entry.children.filter(({ tag }) => tag === tags.subrange).map(countOf);
  return counts.reduceRight<CompiledType>(
    (element, count) => ({ kind: "array", element, count, sizeBytes: element.sizeBytes * count }),
    typeOf(entry, entries),
  );
}

function countOf(entry: DebugEntry): number {
  return number(entry, attribute.count) ?? (number(entry, attribute.upperBound) ?? -1) + 1;
}

function describeMember(entry: DebugEntry, entries: Entries): CompiledMember {
  const name = text(entry, attribute.name);
  const type = typeOf(entry, entries);
  const offsetBytes = number(entry, attribute.memberLocation) ?? 0;
  const width = number(entry, attribute.bitSize);
  if (width === undefined) return { name, offsetBytes, type };
  const offset = number(entry, attribute.dataBitOffset) ?? oldBitOffset(entry, type, width);
  return { name, offsetBytes: Math.floor(offset / 8), type, bits: { offset, width } };
}

/** DWARF 2 and 3, and clang for some targets still: counted from the top of a unit of that size, which lies at `location`. */
function oldBitOffset(entry: DebugEntry, type: CompiledType, width: number): number {
  const unitBytes = number(entry, attribute.byteSize) ?? type.sizeBytes;
  const fromTop = number(entry, attribute.bitOffset) ?? 0;
  return 8 * ((number(entry, attribute.memberLocation) ?? 0) + unitBytes) - fromTop - width;
}

function number(entry: DebugEntry, name: number): number | undefined {
  const value = entry.attributes.get(name);
  return typeof value === "number" ? value : undefined;
}

function text(entry: DebugEntry, name: number): string {
  const value = entry.attributes.get(name);
  return typeof value === "string" ? value : "";
}
