/**
 * The one error of kernlane.
 *
 * A guest that panics, hangs or answers wrongly is a *result* (see `run/verdict.ts`), never an exception. An exception
 * is trouble of the lane itself, and says who must act:
 *
 * | who     | meaning                                              |
 * | ------- | ---------------------------------------------------- |
 * | `usage` | the command line or the config has to be changed      |
 * | `image` | the kernel, image or probe file that was given is off |
 * | `host`  | this machine cannot do it as it is                    |
 * | `bug`   | kernlane is wrong                                     |
 */
import { errorCatalogue, type ErrorCode } from "./errors/catalogue.js";
import type { WhoMustAct } from "./errors/error-kind.js";

export type { ErrorCode, WhoMustAct };

/** A fact of an error: a path, an offset in bytes, what was found and what was expected. */
export type Fact = string | number | bigint | boolean | undefined;

export interface ErrorDetails {
  /** The next step for the reader. Default: the hint of the code, if it has one. */
  readonly hint?: string | undefined;
  readonly facts?: Readonly<Record<string, Fact>>;
  readonly cause?: unknown;
}

/**
 * The code says who must act (`errors/catalogue.ts`); the message says what was found, where, and what was expected.
 *
 * @example
 * throw new LaneError("kernel-not-a-kernel", `${path} is not a Linux kernel: found a gzip file, expected a bzImage`, {
 *   hint: "give the bzImage that the build leaves in arch/x86/boot/",
 *   facts: { path },
 * });
 */
export class LaneError extends Error {
  override readonly name = "LaneError";
  readonly code: ErrorCode;
  readonly who: WhoMustAct;
  readonly hint: string | undefined;
  readonly facts: Readonly<Record<string, Fact>>;

  constructor(code: ErrorCode, message: string, { hint, facts, cause }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    const kind = errorCatalogue[code];
    this.code = code;
    this.who = kind.who;
    this.hint = hint ?? kind.hint;
    this.facts = facts ?? {};
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
