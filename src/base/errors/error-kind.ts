/** Who has to act on an error; the exit status follows from it. */
export type WhoMustAct = "usage" | "host" | "image" | "bug";

/** What all errors of one code have in common. */
export interface ErrorKind {
  readonly who: WhoMustAct;
  /** When the error is thrown, as `docs/errors.md` says it. */
  readonly when: string;
  /** What to do about it; a place that knows more gives its own. */
  readonly hint?: string;
}
