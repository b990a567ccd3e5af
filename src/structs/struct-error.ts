/** The refusals of this folder: each names the field, what was found and what was expected. */
import { LaneError } from "../base/errors.js";
import { nearestName } from "../base/nearest.js";

/** A definition that is no C type. */
export function invalidType(where: string, found: string, expected: string): LaneError {
  return new LaneError("struct-type-invalid", `${where}: found ${found}, expected ${expected}`, {
    facts: { where },
  });
}

/** A value that does not fit its type. */
export function invalidValue(path: string, value: unknown, expected: string): LaneError {
  return new LaneError(
    "struct-value-invalid",
    `${shown(path)}: found ${describe(value)}, expected ${expected}`,
    { facts: { path } },
  );
}

/** A field that the struct or union does not have. */
export function unknownField(path: string, name: string, known: readonly string[]): LaneError {
  const nearest = nearestName(name, known);
  return new LaneError(
    "struct-field-unknown",
    `${shown(path)}: found the field ${JSON.stringify(name)}, expected only ${known.join(", ")}`,
    {
      ...(nearest === undefined ? {} : { hint: `did you mean ${nearest}?` }),
      facts: { path, name },
    },
  );
}

/** Bytes that cannot be this struct, because there are too many or too few of them. */
export function wrongLength(foundBytes: number, expectedBytes: number): LaneError {
  return new LaneError(
    "struct-length-wrong",
    `decode: found ${foundBytes} bytes, expected ${expectedBytes}, the size of the struct`,
    { facts: { foundBytes, expectedBytes } },
  );
}

function shown(path: string): string {
  return path === "" ? "the value" : path;
}

function describe(value: unknown): string {
  switch (typeof value) {
    case "bigint":
      return `${value}n`;
    case "string":
      return JSON.stringify(value.slice(0, 40));
    case "number":
    case "boolean":
    case "undefined":
      return String(value);
    case "function":
      return "a function";
    case "symbol":
      return "a symbol";
    case "object":
      return describeObject(value);
  }
}

function describeObject(value: object | null): string {
  if (value === null) return "null";
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return Array.isArray(value) ? `a list of ${value.length}` : "an object";
}
