import type { GuestFamily } from "../base/family.js";
import { freebsdMarks } from "./marks-freebsd.js";
import { linuxMarks } from "./marks-linux.js";
import type { MarkTable } from "./marks.js";

export const markTables: Readonly<Record<GuestFamily, MarkTable>> = {
  freebsd: freebsdMarks,
  linux: linuxMarks,
};
