/**
 * The deaths and findings of a column that has ended, entered among the crashes: once, by whoever ran it. `kernlane judge` reads the
 * same events and counts nothing.
 */
import type { ReportEvent } from "../console/events.js";
import type { CrashReport, Sighting } from "../crashes/crash.js";
import { enterSightings } from "../crashes/enter-sightings.js";
import type { DeadlineEvent, StartedEvent } from "./events.js";
import type { History } from "./history.js";
import type { ColumnPlan, RunPlan } from "./plan.js";
import { placeText } from "./place-text.js";
import type { FindingRecord } from "./finding-record.js";
import type { ColumnRecord } from "./record.js";

/**
 * @param seen what the record was made of
 * @returns the record with `crashes`; what was in the way of counting is in its `notices`. Never rejects for that
 */
export async function countCrashes(
  run: RunPlan,
  plan: ColumnPlan,
  record: ColumnRecord,
  seen: History,
): Promise<ColumnRecord> {
  if (run.crashes === undefined) return record;
  const { label } = plan.file.identity;
  const { crashes, notices } = await enterSightings(run.crashes, sightingsOf(seen, record), {
    lane: run.request.lane,
    kernel: label === plan.kernel ? label : `${plan.kernel} (${label})`,
    runId: plan.runId,
    folder: plan.folder,
    at: run.facts.now.toISOString(),
  });
  return { ...record, crashes, notices: [...record.notices, ...notices] };
}

/**
 * What a column has shown that is kept: its death first, then its findings.
 *
 * @param record of the same events
 */
export function sightingsOf(seen: History, record: ColumnRecord): readonly Sighting[] {
  // A fatal report that nothing confirmed and that the verdict does not name is none.
  const isDeath = (one: ReportEvent): boolean => one === seen.panic || one.title === record.title;
  const reports = seen.reports.map((report, index) => ({ report, found: record.findings[index] }));
  const deaths = reports.filter(({ report }) => report.severity === "fatal" && isDeath(report));
  const findings = reports.filter(({ report }) => report.severity === "finding");
  return [
    ...(deaths.length === 0 ? silentDeath(seen, record) : []),
    ...[...deaths, ...findings].map(({ report, found }): Sighting => {
      const { title, class: class_, severity, guilt } = report;
      return {
        title,
        class: class_,
        severity,
        steps: guilt.steps,
        report: keptReport(report, found, seen),
      };
    }),
  ];
}

/** A death of which the console has no report: the verdict's title, without the times that are in that of a hang. */
function silentDeath(seen: History, record: ColumnRecord): readonly Sighting[] {
  const class_ = CLASSES[record.verdict ?? "passed"];
  if (class_ === undefined) return [];
  const { deadline } = seen;
  const isHang = record.verdict === "hung" && deadline !== undefined;
  const title = isHang ? hangTitle(record.title, deadline, seen.started) : record.title;
  const steps = deadline?.during?.steps ?? [];
  const { evidence: lines } = record;
  const report = { lines, backtrace: [], isWhole: true, hasPlaces: false };
  return [{ title, class: class_, severity: "fatal", steps, report }];
}

const CLASSES: Partial<Record<NonNullable<ColumnRecord["verdict"]>, string>> = {
  panicked: "crash",
  hung: "hang",
  rebooted: "reset",
};

/** The steps of a live guest are a test's, which may be others in each run. */
function hangTitle(
  title: string,
  { phase, during }: DeadlineEvent,
  { transport }: StartedEvent,
): string {
  const steps = transport === "live" ? [] : (during?.steps ?? []);
  const under = steps.length === 0 ? "" : ` during ${steps.join(" and ")}`;
  return /\bdeadlock: .+/.exec(title)?.[0] ?? `hung in phase ${phase}${under}`;
}

/** What was cut off is not whole: by its size, or by the end of a machine that did not end by itself. */
function keptReport(
  { evidence: lines, evidenceCut, closedBy }: ReportEvent,
  found: FindingRecord | undefined,
  { end }: History,
): CrashReport {
  const isCut = evidenceCut || closedBy === "size" || (closedBy === "end" && !endedItself(end));
  const { backtrace = [] } = found ?? {};
  const frames = backtrace.map(({ frame, places }) => `${frame}  ${placeText(places)}`.trimEnd());
  const hasPlaces = backtrace.some(({ places }) => places.length > 0);
  return { lines, backtrace: frames, isWhole: !isCut, hasPlaces };
}

function endedItself(end: History["end"]): boolean {
  return end !== undefined && end.how !== "vanished";
}
