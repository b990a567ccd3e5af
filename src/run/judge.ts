/**
 * The verdict of one column, from its history alone: the first rule that matches wins.
 *
 * How the machine ended, what the console said, the agent's end line and the kernel's identity decide together. A reset is
 * never a success, a panic is never a pass, a result from another kernel than the one that was asked for is none, and a column
 * that met no expectation has not passed.
 */
import { contradiction } from "../guests/guest.js";
import type { PlannedStep } from "../protocol/planned-step.js";
import { answerLines, deadlockIn } from "./answers.js";
import { evidenceOf, hypervisorLines, isSilent, loaderLines, tailLines } from "./evidence.js";
import { fateOf, groupFindings, policyOf, surveyLines } from "./findings.js";
import { duringLines, guiltLines } from "./guilt.js";
import type { History, SeenReport } from "./history.js";
import { nameInContext } from "./step-trail.js";
import { countRows, type Transition } from "./transitions.js";
import type { Judgement, Verdict } from "./verdict.js";

type Found = Omit<Judgement, "verdict"> | undefined;
type Rule = (seen: History, rows: readonly Transition[]) => Found;

const rules: readonly (readonly [Verdict, Rule])[] = [
  ["boot-failed", saidThatItCannotBoot],
  ["panicked", withCaveats(panicked)],
  ["hung", withCaveats(waitsInItsDebugger)],
  ["hung", withCaveats(spentItsBudget)],
  ["hung", withCaveats(isDeadlocked)],
  ["rebooted", withCaveats(reset)],
  ["lost", endedFromOutside],
  ["incomplete", interrupted],
  ["wrong-kernel", isAnotherKernel],
  ["incomplete", lacksSomething],
  ["failed", hasFailedSteps],
  ["failed", withCaveats(hasFindings)],
  ["incomplete", testedNothing],
];

/**
 * @param rows the history's own, see `transitionsOf`
 * @example judge(seen, transitionsOf(seen)) // { verdict: "panicked", title: "kernel panic: sysrq triggered crash", evidence: […] }
 */
export function judge(seen: History, rows: readonly Transition[]): Judgement {
  for (const [verdict, rule] of rules) {
    const found = rule(seen, rows);
    if (found) return { verdict, ...found, evidence: [...found.evidence, ...survey(seen)] };
  }
  const title = isLive(seen) ? "answered to its end, and powered off" : describeRows(rows);
  return { verdict: "passed", title: title + countReported(seen), evidence: survey(seen) };
}

/** Findings that the lane does not let fail a run. */
function reportedOnly({ started, reports }: History): readonly SeenReport[] {
  const policy = policyOf(started);
  return reports.filter((one) => one.severity === "finding" && fateOf(policy, one) === "report");
}

function survey(seen: History): readonly string[] {
  return surveyLines(groupFindings(reportedOnly(seen)));
}

function countReported(seen: History): string {
  const { length } = reportedOnly(seen);
  return length === 0 ? "" : `, ${length} ${length === 1 ? "finding" : "findings"} reported`;
}

/** What was known before the run comes first: it may be the whole cause. */
function withCaveats(rule: Rule): Rule {
  return (seen, rows) => {
    const found = rule(seen, rows);
    const caveats = (seen.started.caveats ?? []).map((caveat) => `note: ${caveat}`);
    return found && { ...found, evidence: [...caveats, ...found.evidence] };
  };
}

/** The loader or the kernel said so; a fatal mark of another class is not about the boot. */
function saidThatItCannotBoot(seen: History): Found {
  const isBoot = (name: string): boolean => name === "loader-failed" || name === "boot-stuck";
  const report = seen.reports.find((one) => one.severity === "fatal" && isBoot(one.class));
  if (report) return { title: report.title, evidence: [...evidenceOf(report), ...tailLines(seen)] };
  const mark = seen.marks.find((one) => one.severity === "fatal" && isBoot(one.class));
  return mark && { title: mark.title, evidence: tailLines(seen) };
}

function panicked(seen: History): Found {
  const { panic, end, deadline, isAsked } = seen;
  if (panic) {
    const tail = panic.class === "debugger" ? answersOrTail(seen) : answerLines(seen);
    const guilt = guiltLines(panic.guilt);
    return {
      title: panic.title,
      evidence: [...soFar(seen), ...guilt, ...deadlockLines(seen), ...evidenceOf(panic), ...tail],
    };
  }
  if (end?.how !== "crashed" || deadline || isAsked) return undefined;
  const evidence = [...soFar(seen), ...hypervisorLines(seen), ...tailLines(seen)];
  return { title: end.detail, evidence };
}

/** A kernel that waits at its debugger's prompt, and did not panic, waits for ever. */
function waitsInItsDebugger(seen: History): Found {
  const mark = seen.debuggerWaits;
  if (!mark || seen.deadline || seen.isAsked) return undefined;
  return {
    title: `${seen.phase}: ${mark.title}`,
    evidence: [...deadlockLines(seen), ...answersOrTail(seen)],
  };
}

/** What a debugger answered is what the console ends with. */
function answersOrTail(seen: History): readonly string[] {
  const answers = answerLines(seen);
  return answers.length > 0 ? answers : tailLines(seen);
}

function deadlockLines(seen: History): readonly string[] {
  const deadlock = deadlockIn(seen);
  return deadlock === undefined ? [] : [deadlock];
}

/** What the kernel said after the deadline is its answer to our interrupt, and no panic of its own. */
function spentItsBudget(seen: History): Found {
  if (!seen.deadline) return undefined;
  const { phase, budgetMs, spentMs = budgetMs, silentMs, during, consoleBytes } = seen.deadline;
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  const spent =
    silentMs === undefined
      ? `${seconds(spentMs)} of ${seconds(budgetMs)}`
      : `no answer for ${seconds(silentMs)}`;
  const autopsy = seen.autopsy
    ? evidenceOf(seen.autopsy)
    : ["the console shows no answer to the non-maskable interrupt"];
  // A kernel that noticed says best what it was.
  const lockup = seen.reports.find((one) => one.class === "lockup");
  const noticed = lockup === undefined ? "" : `, ${lockup.title}`;
  const budget = `${phase}: ${spent}${consoleBytes === 0 ? SILENTLY : noticed}`;
  const deadlock = deadlockIn(seen);
  return {
    title: deadlock ?? budget,
    evidence: [
      ...(deadlock === undefined ? [] : [budget]),
      ...[...soFar(seen), ...duringLines(during)],
      ...(lockup === undefined ? [] : [...guiltLines(lockup.guilt), ...evidenceOf(lockup)]),
      ...[...autopsy, ...answersOrTail(seen)],
    ],
  };
}

/** Threads of the kernel wait for each other, and only a step is late. */
function isDeadlocked(seen: History, rows: readonly Transition[]): Found {
  const title = seen.answers.length > 0 ? deadlockIn(seen) : undefined;
  if (title === undefined) return undefined;
  return { title, evidence: hasFailedSteps(seen, rows)?.evidence ?? answerLines(seen) };
}

const SILENTLY = ", with no console output at all";

/** What came before the death is kept, and marked. */
function soFar(seen: History): readonly string[] {
  const asked = seen.started.steps.filter(isAnswered);
  const count = asked.filter(({ id }) => seen.replies.has(id)).length;
  const part = count < asked.length ? " (partial)" : "";
  return [
    ...(count === 0 ? [] : [`results so far: ${count} of ${asked.length}${part}`]),
    ...seen.underWay.map((one) => `under way: ${nameInContext(one)} (request ${one.id})`),
  ];
}

/** Whether the agent answers a step, and the lane has asked for it. */
function isAnswered({ auxiliary, kind }: PlannedStep): boolean {
  return !auxiliary && kind !== "foreign" && kind !== "counters";
}

function reset(seen: History): Found {
  const { end, boots } = seen;
  if (seen.isAsked || (end?.how !== "reset" && boots < 2)) return undefined;
  const how = end?.how === "reset" ? `reset itself (${end.detail})` : "booted twice";
  const title = `the guest ${how}${isSilent(seen) ? SILENTLY : ""}`;
  return { title, evidence: [...hypervisorLines(seen), ...tailLines(seen)] };
}

function endedFromOutside(seen: History): Found {
  if (seen.interrupted || (seen.end && seen.end.how !== "vanished")) return undefined;
  const title = seen.end
    ? `the machine was ended from outside (${seen.end.detail})`
    : "the record ends before the machine did";
  return { title, evidence: [...hypervisorLines(seen), ...tailLines(seen)] };
}

function interrupted(seen: History): Found {
  if (!seen.interrupted) return undefined;
  return { title: `interrupted in phase ${seen.phase}`, evidence: tailLines(seen) };
}

function isAnotherKernel(seen: History): Found {
  const { identity } = seen.started;
  const found = seen.hellos.map(({ data }) => contradiction(identity, data));
  const title = found.find((one) => one !== undefined);
  if (title === undefined) return undefined;
  return {
    title,
    evidence: [...(seen.banner === undefined ? [] : [seen.banner]), ...loaderLines(seen)],
  };
}

function lacksSomething(seen: History): Found {
  const { hellos, end, endStatus } = seen;
  const { steps, runId } = seen.started;
  const missing = steps.filter((step) => isAnswered(step) && !seen.replies.has(step.id));
  const isForeign = (run: unknown): boolean => runId !== undefined && run !== runId;
  const [first, ...more] = [
    // The cause of all that is missing besides.
    ...(end?.how === "halted" ? [`the guest halted (${end.detail})`] : []),
    ...(endStatus === undefined || endStatus === "done"
      ? []
      : [`the agent ended early: ${endStatus}`]),
    ...seen.gaps,
    ...(hellos.length > 0 || isLive(seen) ? [] : ["the agent's first line is missing"]),
    ...(hellos.length > 1 ? ["the agent was started twice"] : []),
    ...(hellos.some(({ data }) => isForeign(data["run"]))
      ? ["the agent carried out the plan of another run"]
      : []),
    ...(endStatus === undefined ? ["the agent's end line is missing"] : []),
    ...seen.agentErrors,
    ...missing.map((step) => `no reply to step ${step.id}, ${step.name}`),
    ...(end?.how === "powered-off" || end?.how === "halted" || seen.isAsked
      ? []
      : [`the guest did not power off (${end?.detail ?? "no end"})`]),
  ];
  return first === undefined
    ? undefined
    : {
        title: first,
        evidence: [...more, ...answerLines(seen), ...hypervisorLines(seen), ...tailLines(seen)],
      };
}

function hasFailedSteps(seen: History, rows: readonly Transition[]): Found {
  const failed = rows.filter((row) => row.result === "unmet");
  if (failed.length === 0) return undefined;
  const { met, unmet, shown } = countRows(rows);
  const count = met + unmet + shown;
  return {
    title: `${unmet} of ${count} ${count === 1 ? "step" : "steps"} failed`,
    evidence: [...failed.map(describeFailed), ...answerLines(seen)],
  };
}

function describeFailed({ step, of, expected, seen }: Transition): string {
  const name = of === undefined ? step : `${of}: ${step}`;
  return `${name}: expected ${expected}, saw ${seen}`;
}

function hasFindings({ started, reports }: History): Found {
  const policy = policyOf(started);
  const found = reports.filter(
    (one) => one.severity === "finding" && fateOf(policy, one) === "fail",
  );
  const [first, ...others] = found;
  if (!first) return undefined;
  const more = others.length > 0 ? ` and ${others.length} more` : "";
  return {
    title: `${first.title}${more}`,
    evidence: found.flatMap((one) => [...guiltLines(one.guilt), ...evidenceOf(one)]),
  };
}

/** A green is earned. What a live guest is worth is said by its test. */
function testedNothing(seen: History, rows: readonly Transition[]): Found {
  const { met, shown } = countRows(rows);
  if (met > 0 || isLive(seen)) return undefined;
  const { kernel } = seen.started;
  if (shown === 0) return { title: "nothing was tested: the lane has no steps", evidence: [] };
  return {
    title: `nothing was tested: ${shown} shown, and no step expects anything of ${kernel}`,
    evidence: [`give a step an expectation: expect: "ok", or expect: { ${kernel}: "ENOSYS" }`],
  };
}

function describeRows(rows: readonly Transition[]): string {
  const { met, shown } = countRows(rows);
  return `${met} as expected${shown === 0 ? "" : `, ${shown} shown`}`;
}

function isLive({ started }: History): boolean {
  return started.transport === "live";
}
