import type { GuestFamily } from "../base/family.js";
import { markTables } from "./mark-tables.js";

/** The classes and the names of the reports of a family that do not end the kernel, as `docs/console-marks.md` lists them. */
export function findingNames(family: GuestFamily): readonly string[] {
  const names = markTables[family].rows.flatMap((row) =>
    row.kind === "report" && row.severity === "finding" ? [row.class, row.name] : [],
  );
  return [...new Set<string>(names)];
}
