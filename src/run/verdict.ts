/**
 * What a run amounts to. Trouble on the host is a `LaneError` and no verdict.
 */
export const verdicts = [
  "passed",
  "failed",
  "wrong-kernel",
  "boot-failed",
  "panicked",
  "rebooted",
  "hung",
  "incomplete",
  "lost",
] as const;

export type Verdict = (typeof verdicts)[number];

/** A verdict with what it rests on. */
export interface Judgement {
  readonly verdict: Verdict;
  /** One line, such as `panic: kdb_sysctl_panic`, `2 of 9 steps failed` or `7 as expected, 2 shown`. */
  readonly title: string;
  /** What a person needs to believe it: failed expectations, a backtrace, the console's last lines. */
  readonly evidence: readonly string[];
}

/** The worst of several, in the order of the list above: what a run of several columns amounts to. */
export function worstVerdict(seen: readonly Verdict[]): Verdict {
  return seen.reduce(
    (worst, one) => (verdicts.indexOf(one) > verdicts.indexOf(worst) ? one : worst),
    "passed",
  );
}
