/**
 * The verdict of one column, from its events alone: the first rule that matches wins.
 *
 * How the machine ended, what the console said, the agent's end line and the kernel's identity decide together. A reset is
 * never a success, a panic is never a pass, and a result from another kernel than the one that was asked for is none.
 */
import { LaneError } from "../base/errors.js";
import type { ReportEvent } from "../console/events.js";
import { contradiction } from "../guests/guest.js";
import { evidenceOf, tailLines } from "./evidence.js";
import type { LaneEvent } from "./events.js";
import { readHistory, type History } from "./history.js";
import { transitionsOf } from "./transitions.js";
import type { Judgement } from "./verdict.js";

type Rule = (seen: History) => Judgement | undefined;

const rules: readonly Rule[] = [
  bootFailed,
  panicked,
  inDebugger,
  hung,
  rebooted,
  lost,
  interrupted,
  wrongKernel,
  incomplete,
  stepsFailed,
  findings,
];

/**
 * @throws LaneError `events-incomplete` (usage) when the first event of a column is not there
 * @example judge(events) // { verdict: "panicked", title: "kernel panic: sysrq triggered crash", evidence: […] }
 */
export function judge(events: readonly LaneEvent[]): Judgement {
  const seen = readHistory(events);
  if (seen === undefined) {
    throw new LaneError(
      "events-incomplete",
      "the events do not begin with what was asked for: this is no events.jsonl of a run, or its start is missing",
    );
  }
  for (const rule of rules) {
    const judgement = rule(seen);
    if (judgement) return judgement;
  }
  if (seen.started.transport === "live") {
    return { verdict: "passed", title: "answered to its end, and powered off", evidence: [] };
  }
  const count = transitionsOf(seen).length;
  return {
    verdict: "passed",
    title: `${count} ${count === 1 ? "step" : "steps"} as expected`,
    evidence: [],
  };
}

/** The loader or the kernel said that it cannot come up; a fatal mark of another class is not about the boot. */
function bootFailed(seen: History): Judgement | undefined {
  const isBoot = (name: string): boolean => name === "loader-failed" || name === "boot-stuck";
  const report = seen.reports.find((one) => one.severity === "fatal" && isBoot(one.class));
  if (report) {
    const evidence = [...evidenceOf(report), ...tailLines(seen)];
    return { verdict: "boot-failed", title: report.title, evidence };
  }
  const mark = seen.marks.find((one) => one.severity === "fatal" && isBoot(one.class));
  if (!mark) return undefined;
  return { verdict: "boot-failed", title: mark.title, evidence: tailLines(seen) };
}

function panicked(seen: History): Judgement | undefined {
  if (seen.panic) {
    return {
      verdict: "panicked",
      title: seen.panic.title,
      evidence: [
        ...partial(seen),
        ...evidenceOf(seen.panic),
        // What its debugger answered comes behind the report.
        ...(seen.panic.class === "debugger" ? tailLines(seen) : []),
      ],
    };
  }
  if (seen.end?.how !== "crashed" || seen.deadline) return undefined;
  return {
    verdict: "panicked",
    title: seen.end.detail,
    evidence: [...partial(seen), ...tailLines(seen)],
  };
}

/** A kernel that waits at its debugger's prompt, and did not panic, waits for ever. */
function inDebugger(seen: History): Judgement | undefined {
  const mark = seen.marks.find((one) => one.severity === "fatal" && one.class === "debugger");
  if (!mark || seen.deadline) return undefined;
  return { verdict: "hung", title: `${seen.phase}: ${mark.title}`, evidence: tailLines(seen) };
}

/** What the kernel said after the deadline is its answer to our interrupt, and no panic of its own. */
function hung(seen: History): Judgement | undefined {
  if (!seen.deadline) return undefined;
  const { phase, budgetMs, atMs, sinceMs, silentMs, consoleBytes } = seen.deadline;
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  const spent =
    silentMs === undefined
      ? `${seconds(atMs - sinceMs)} of ${seconds(budgetMs)}`
      : `no answer for ${seconds(silentMs)}`;
  const autopsy = seen.autopsy
    ? evidenceOf(seen.autopsy)
    : ["the non-maskable interrupt was not answered on the console"];
  return {
    verdict: "hung",
    title: `${phase}: ${spent}${consoleBytes === 0 ? ", with no console output at all" : ""}`,
    evidence: [...partial(seen), ...autopsy, ...tailLines(seen)],
  };
}

/** What came before the death is kept, and marked. */
function partial(seen: History): readonly string[] {
  const count = seen.observations.filter((one) => one.stepId !== null).length;
  return [
    ...(count === 0 ? [] : [`results so far: ${count} (partial)`]),
    ...seen.underWay.map(({ id, name, context }) => {
      return `under way: ${name}${context === "main" ? "" : ` in ${context}`} (request ${id})`;
    }),
  ];
}

function rebooted(seen: History): Judgement | undefined {
  if (seen.end?.how !== "reset" && seen.boots < 2) return undefined;
  const title =
    seen.end?.how === "reset"
      ? `the guest reset itself (${seen.end.detail})`
      : "the guest booted twice";
  return { verdict: "rebooted", title, evidence: tailLines(seen) };
}

function lost(seen: History): Judgement | undefined {
  if (seen.interrupted || (seen.end && seen.end.how !== "vanished")) return undefined;
  const title = seen.end
    ? `the machine was ended from outside (${seen.end.detail})`
    : "the record ends before the machine did";
  return { verdict: "lost", title, evidence: tailLines(seen) };
}

function interrupted(seen: History): Judgement | undefined {
  if (!seen.interrupted) return undefined;
  return {
    verdict: "incomplete",
    title: `interrupted in phase ${seen.phase}`,
    evidence: tailLines(seen),
  };
}

function wrongKernel(seen: History): Judgement | undefined {
  const hello = seen.observations.find((one) => one.kind === "hello");
  const found = hello ? contradiction(seen.started.identity, hello.data) : undefined;
  if (found === undefined) return undefined;
  return {
    verdict: "wrong-kernel",
    title: found,
    evidence: seen.banner === undefined ? [] : [seen.banner],
  };
}

function incomplete(seen: History): Judgement | undefined {
  const missing = seen.started.steps.filter(
    (step) => !step.auxiliary && step.kind !== "foreign" && !seen.replies.has(step.id),
  );
  const reasons = [
    ...seen.gaps,
    ...(seen.finished ? [] : ["the agent's end line did not come"]),
    ...seen.agentErrors,
    ...missing.map((step) => `no reply to step ${step.id}, ${step.name}`),
    ...(seen.end?.how === "powered-off"
      ? []
      : [`the guest did not power off (${seen.end?.detail ?? "no end"})`]),
  ];
  if (reasons.length === 0) return undefined;
  return {
    verdict: "incomplete",
    title: reasons[0]!,
    evidence: [...reasons.slice(1), ...tailLines(seen)],
  };
}

function stepsFailed(seen: History): Judgement | undefined {
  const rows = transitionsOf(seen);
  const failed = rows.filter((row) => row.result === "unmet");
  if (failed.length === 0) return undefined;
  return {
    verdict: "failed",
    title: `${failed.length} of ${rows.length} ${rows.length === 1 ? "step" : "steps"} failed`,
    evidence: failed.map(
      ({ step, expected, seen: saw }) => `${step}: expected ${expected}, saw ${saw}`,
    ),
  };
}

function findings(seen: History): Judgement | undefined {
  const { allow } = seen.started;
  const found = seen.reports.filter(
    (one) => one.severity === "finding" && !allow.includes(one.class) && !allow.includes(one.title),
  );
  const first: ReportEvent | undefined = found[0];
  if (!first) return undefined;
  const others = found.length > 1 ? ` and ${found.length - 1} more` : "";
  return {
    verdict: "failed",
    title: `${first.title}${others}`,
    evidence: found.flatMap(evidenceOf),
  };
}
