/** Functions that stand on a backtrace without being what it is about: they report, trap, check, lock or wait. */
export interface PassedOver {
  /** Why no report is about them. */
  readonly why: string;
  /** A pattern of whole names. */
  readonly names: string;
}

/** No name of theirs is longer than 128; a guest may print longer ones, which would take long to match. */
export function wholeNames(patterns: readonly string[]): RegExp {
  return new RegExp(`^(?!.{129})(?:${patterns.join("|")})$`);
}
