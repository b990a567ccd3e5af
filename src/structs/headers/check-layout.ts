import { LaneError } from "../../base/errors.js";
import type { AnyType } from "../c-type.js";
import { compareTypes, type LayoutDifference } from "./compare-layouts.js";
import { compileLayout, type HeaderOptions } from "./compile-layout.js";

/**
 * Compares a struct with the C header that it describes: size, alignment, and offset and size of each member, down into
 * nested structs, unions and arrays; members that only one of the two has count as well. clang is asked, so that the
 * header is read as the kernel's own compiler reads it.
 *
 * @param typeName as C names it: `struct twq_init_args`, `union sigval`, or a typedef
 * @throws LaneError `layout-differs` (usage) with a table of the differences, `header-not-compiled`, `header-type-invalid`
 *   (usage), `program-missing` (host) without clang
 * @example
 * await checkLayout(initArgs, "sys/sys/thrworkq.h", "struct twq_init_args", { includeDirs: ["sys"] });
 */
export async function checkLayout(
  described: AnyType,
  header: string,
  typeName: string,
  options: HeaderOptions = {},
): Promise<void> {
  const found = await compileLayout(header, typeName, options);
  const differences = [
    ...differenceOf("sizeof", described.size, found.sizeBytes),
    ...differenceOf("_Alignof", described.alignment, found.alignmentBytes),
    ...compareTypes(described, found.type, ""),
  ];
  if (differences.length > 0) throw layoutDiffers(header, typeName, differences);
}

function differenceOf(member: string, ours: number, theirs: number): readonly LayoutDifference[] {
  if (ours === theirs) return [];
  return [{ member, described: `${ours} bytes`, found: `${theirs} bytes` }];
}

function layoutDiffers(
  header: string,
  typeName: string,
  differences: readonly LayoutDifference[],
): LaneError {
  const rows = [
    ["member", "described", "in the header"],
    ...differences.map(({ member, described, found }) => [member, described, found]),
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const table = rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "),
  );
  return new LaneError(
    "layout-differs",
    `${typeName} in ${header} is not what was described:\n  ${table.join("\n  ")}`,
    { facts: { header, typeName, differences: differences.length } },
  );
}
