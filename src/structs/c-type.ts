/**
 * A C type as a value: how much room it takes, and how values go into bytes and come out again.
 *
 * Source of sizes and alignments: System V ABI, AMD64 supplement, figure 3.1 and section 3.1.2. The same rules hold for
 * FreeBSD and Linux on amd64, and for the types that are here also on arm64. Numbers are little-endian.
 */
import type { PointerInBuffer } from "../protocol/step.js";

export interface CType<in Input, out Output> {
  /** In bytes, as sizeof says. */
  readonly size: number;
  /** In bytes, as _Alignof says. */
  readonly alignment: number;
  readonly shape: Shape;
  /** Checks the value and puts it into the bytes; `path` is its place, for the message of a refusal. */
  readonly encodeInto: (target: Encoding, atBytes: number, value: Input, path: string) => void;
  readonly decodeFrom: (view: DataView, atBytes: number) => Output;
}

/** Any type, as long as no value is put into it. */
export type AnyType = CType<never, unknown>;

/** What a type is made of, for whoever compares it with another description of the same thing. */
type Shape =
  | { readonly kind: "scalar"; readonly cName: string }
  | { readonly kind: "array"; readonly element: AnyType; readonly count: number }
  | { readonly kind: "struct" | "union"; readonly members: readonly Member[] };

export interface Member {
  readonly name: string;
  /** Its name in C. Empty for a struct or union without one, whose members count as those of the struct around it. */
  readonly cName: string;
  readonly offsetBytes: number;
  readonly type: AnyType;
}

/** Bytes being filled. */
export interface Encoding {
  readonly view: DataView;
  /** Collects the addresses that only the guest can put in; without it there is no guest, and they are refused. */
  readonly pointers?: PointerInBuffer[] | undefined;
}

/** What is written: for a struct an object in which every field may be left out. */
export type InputOf<T extends AnyType> = T extends CType<infer Input, unknown> ? Input : never;

/** What is read. */
export type OutputOf<T extends AnyType> = T extends CType<never, infer Output> ? Output : never;

/** The members of a struct or union, in order. */
export type Fields = Readonly<Record<string, AnyType>>;
