/** Functions that stand on a backtrace without being what it is about: they report, trap, check, lock or wait. */
export interface PassedOver {
  /** Why no report is about them. */
  readonly why: string;
  /** A pattern of whole names. */
  readonly names: string;
}

export function wholeNames(patterns: readonly string[]): RegExp {
  return new RegExp(`^(?:${patterns.join("|")})$`);
}
