/**
 * What becomes of a finding: whether it fails a run or is only reported, and how many there were of each.
 */
import type { ReportEvent } from "../console/events.js";
import type { FindingFate, FindingsPolicy } from "../lane/findings.js";
import type { StartedEvent } from "./events.js";
import { guiltLines } from "./guilt.js";
import type { SeenReport } from "./history.js";

type Named = Pick<ReportEvent, "title" | "name" | "class">;

/** The closest word counts: the report's title, then its row of the mark table, then its class, then `*`. */
export function fateOf(policy: FindingsPolicy, { title, name, class: class_ }: Named): FindingFate {
  const key = [title, name, class_, "*"].find((one) => Object.hasOwn(policy, one));
  return key === undefined ? "fail" : policy[key]!;
}

/** Earlier versions kept a list of titles and classes that do not fail a run. */
export function policyOf({ findings, allow = [] }: StartedEvent): FindingsPolicy {
  return findings ?? Object.fromEntries(allow.map((key) => [key, "report"] as const));
}

export interface FindingGroup {
  readonly title: string;
  readonly class: ReportEvent["class"];
  readonly count: number;
  readonly first: SeenReport;
}

/** By title, in the order in which each came first. */
export function groupFindings(findings: readonly SeenReport[]): readonly FindingGroup[] {
  const groups = new Map<string, FindingGroup>();
  for (const first of findings) {
    const { title, class: class_ } = first;
    const known = groups.get(title) ?? { title, class: class_, count: 0, first };
    groups.set(title, { ...known, count: known.count + 1 });
  }
  return [...groups.values()];
}

/** The survey of what did not fail the run. */
export function surveyLines(groups: readonly FindingGroup[]): readonly string[] {
  if (groups.length === 0) return [];
  const lines = groups.map(({ title, class: class_, count, first }) => {
    const [guilt] = guiltLines(first.guilt);
    return `  ${count} × ${title} (${class_})${guilt === undefined ? "" : `, first ${guilt}`}`;
  });
  return ["findings that the lane only reports:", ...lines];
}
