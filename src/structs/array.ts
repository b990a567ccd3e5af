import { limits } from "../protocol/limits.js";
import type { AnyType, CType, InputOf, OutputOf } from "./c-type.js";
import { invalidType, invalidValue } from "./struct-error.js";

/**
 * `T name[count]`. A shorter list leaves the rest zero, as in C.
 *
 * @throws LaneError `struct-type-invalid` for a count that is no whole number from 1 on, or an array over 1 MiB
 * @example struct({ samples: array(u64, 4) })
 */
export function array<T extends AnyType>(
  element: T,
  count: number,
): CType<readonly InputOf<T>[], readonly OutputOf<T>[]> {
  checkCount("array", count, element.size);
  return {
    size: element.size * count,
    alignment: element.alignment,
    shape: { kind: "array", element, count },
    encodeInto: (target, at, value: unknown, path) => {
      if (!Array.isArray(value) || value.length > count) {
        throw invalidValue(path, value, `a list of at most ${count}`);
      }
      value.forEach((one, index) =>
        element.encodeInto(target, at + index * element.size, one as never, `${path}[${index}]`),
      );
    },
    decodeFrom: (view, at) =>
      Array.from(
        { length: count },
        (_, index) => element.decodeFrom(view, at + index * element.size) as OutputOf<T>,
      ),
  };
}

/**
 * `uint8_t name[count]`, or anything else of that size that is taken as it is. Fewer bytes leave the rest zero.
 *
 * @throws LaneError `struct-type-invalid`
 * @example struct({ name: bytes(16) })({ name: new TextEncoder().encode("worker") })
 */
export function bytes(count: number): CType<Uint8Array, Uint8Array<ArrayBuffer>> {
  checkCount("bytes", count, 1);
  return {
    size: count,
    alignment: 1,
    shape: { kind: "scalar", cName: `uint8_t[${count}]` },
    encodeInto: ({ view }, at, value: unknown, path) => {
      if (!(value instanceof Uint8Array) || value.length > count) {
        throw invalidValue(path, value, `at most ${count} bytes`);
      }
      new Uint8Array(view.buffer, view.byteOffset + at, count).set(value);
    },
    decodeFrom: (view, at) => new Uint8Array(view.buffer, view.byteOffset + at, count).slice(),
  };
}

/** Nothing larger comes from a guest in one piece, so a larger type is a slip of the pen. */
function checkCount(where: string, count: number, elementBytes: number): void {
  const most = Math.floor(limits.passedOnBytes / elementBytes);
  if (Number.isInteger(count) && count >= 1 && count <= most) return;
  throw invalidType(where, `a count of ${count}`, `a whole number from 1 to ${most}`);
}
