/**
 * The one error of kernlane.
 *
 * A guest that panics, hangs or answers wrongly is a *result* (see `run/verdict.ts`), never an exception. An exception
 * is trouble of the lane itself, and says who must act:
 *
 * | who     | meaning                                              | exit status |
 * | ------- | ---------------------------------------------------- | ----------- |
 * | `usage` | the command line or the config has to be changed      | 2           |
 * | `image` | the kernel, image or probe file that was given is off | 2           |
 * | `host`  | this machine cannot do it as it is                    | 69          |
 * | `bug`   | kernlane is wrong                                     | 70          |
 */
export type WhoMustAct = "usage" | "host" | "image" | "bug";

/** A fact of an error: a path, an offset in bytes, what was found and what was expected. */
export type Fact = string | number | bigint | boolean | undefined;

export interface LaneErrorFields {
  /** Stable, kebab-case, listed in `docs/errors.md`; scripts may match on it. */
  readonly code: string;
  readonly who: WhoMustAct;
  /** What, where, found against expected: one sentence. */
  readonly message: string;
  /** The next step for the reader, if there is one. */
  readonly hint?: string;
  readonly facts?: Readonly<Record<string, Fact>>;
  readonly cause?: unknown;
}

/**
 * @example
 * throw new LaneError({
 *   code: "kernel-not-a-kernel",
 *   who: "image",
 *   message: `${path} is not a Linux kernel: found a gzip file, expected a bzImage`,
 *   hint: "give the bzImage that the build leaves in arch/x86/boot/",
 *   facts: { path },
 * });
 */
export class LaneError extends Error {
  override readonly name = "LaneError";
  readonly code: string;
  readonly who: WhoMustAct;
  readonly hint: string | undefined;
  readonly facts: Readonly<Record<string, Fact>>;

  constructor(fields: LaneErrorFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = fields.code;
    this.who = fields.who;
    this.hint = fields.hint;
    this.facts = fields.facts ?? {};
  }
}

/** The text of anything that was thrown, for a message of ours. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The `code` that Node gives to an error of the operating system (`ENOENT`, `ENOSPC` …), if it has one. */
export function systemCodeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}
