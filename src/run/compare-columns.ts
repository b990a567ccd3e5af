/**
 * What is expected of a column beside another can be judged when both have ended: from its events, once more.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withDiskErrors } from "../host/disk-errors.js";
import { writeJsonFile } from "../host/json-file.js";
import { namesIn } from "../protocol/formula/formula.js";
import type { PlannedStep } from "../protocol/planned-step.js";
import { readEvents } from "./event-log.js";
import type { ColumnPlan } from "./plan.js";
import { recordColumn, type ColumnRecord } from "./record.js";

/**
 * The columns as they are beside each other; the record of each that changed is written again.
 *
 * @throws LaneError `events-damaged`, `disk-full` and its like (host)
 */
export function compareColumns(
  plans: readonly ColumnPlan[],
  columns: readonly ColumnRecord[],
): readonly ColumnRecord[] {
  return columns.map((column, index) => {
    const plan = plans[index];
    if (!plan || column.error || !plan.probe.steps.some(comparesColumns)) return column;
    const events = readEvents(readFileSync(plan.eventsLog, "utf8"), plan.eventsLog);
    const record = withFound(recordColumn(plan, events, columns), column);
    const path = join(plan.folder, record.files.record);
    withDiskErrors(path, () => writeJsonFile(path, record));
    return record;
  });
}

/** What was found out beside the events stays; so does what a verdict rests on that is the same as before. */
function withFound(record: ColumnRecord, alone: ColumnRecord): ColumnRecord {
  const { findings, symbols, crashes, notices } = alone;
  const isSame = record.verdict === alone.verdict && record.title === alone.title;
  const { evidence } = isSame ? alone : record;
  return { ...record, evidence, findings, symbols, crashes, notices };
}

/** A name on the right side, or in front of parentheses, may be a column's. */
export function comparesColumns({ counters }: PlannedStep): boolean {
  return Object.values(counters?.rules?.columns ?? {}).some((rules) =>
    rules.some(
      ({ left, right }) =>
        namesIn(right).length > 0 || namesIn(left).some(({ of }) => of !== undefined),
    ),
  );
}
