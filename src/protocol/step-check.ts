/** The checks of the builders: each refuses at the call that was wrong, before anything is staged or booted. */
import { LaneError, type ErrorCode } from "../base/errors.js";
import { limits } from "./limits.js";

/** @throws LaneError `step-name-invalid` */
export function checkName(name: string, where: string): string {
  const bytes = Buffer.byteLength(name);
  if (bytes > 0 && bytes <= limits.nameBytes && !/[\x00-\x1f\x7f]/.test(name)) return name;
  throw stepError("step-name-invalid", where, `a name of ${bytes} bytes: ${JSON.stringify(name)}`, [
    `1 to ${limits.nameBytes} bytes without control characters`,
    "name the step as it shall stand in the table",
  ]);
}

/** @throws LaneError `step-context-invalid` */
export function checkContextName(name: string, where: string): string {
  if (/^[A-Za-z0-9_.-]{1,31}$/.test(name) && name !== "main") return name;
  throw stepError("step-context-invalid", where, `the name ${JSON.stringify(name)}`, [
    "1 to 31 letters, digits, dots, dashes or underscores, and not main",
    "main is the process that steps outside of any block run in",
  ]);
}

/** A whole number within bounds. @throws LaneError `step-number-out-of-range` */
export function checkInteger(value: number, from: number, to: number, where: string): number {
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  throw stepError("step-number-out-of-range", where, String(value), [
    `a whole number from ${from} to ${to}`,
  ]);
}

/**
 * A value for a 64-bit register: a bigint from −2^63 to 2^64−1, or a whole number that JavaScript holds exactly.
 *
 * @throws LaneError `step-number-out-of-range`
 */
export function checkRegister(value: number | bigint, where: string): void {
  const fits =
    typeof value === "bigint"
      ? value >= -(2n ** 63n) && value < 2n ** 64n
      : Number.isSafeInteger(value);
  if (fits) return;
  throw stepError("step-number-out-of-range", where, value.toString(), [
    "a whole number from -2^63 to 2^64-1",
    "beyond 2^53 write it as a bigint, such as 0xffff_ffff_ffff_ffffn",
  ]);
}

/** @throws LaneError `step-path-invalid` */
export function checkPath(path: string, where: string): string {
  const bytes = Buffer.byteLength(path);
  if (path.startsWith("/") && bytes <= limits.pathBytes && !path.includes("\0")) return path;
  throw stepError("step-path-invalid", where, JSON.stringify(path), [
    `an absolute path of at most ${limits.pathBytes} bytes`,
  ]);
}

/** One shape for every refusal of a builder: what was found, what was expected, and what to do if there is a hint. */
export function stepError(
  code: ErrorCode,
  where: string,
  found: string,
  [expected, hint]: readonly [expected: string, hint?: string | undefined],
): LaneError {
  return new LaneError(code, `${where}: found ${found}, expected ${expected}`, {
    ...(hint === undefined ? {} : { hint }),
    facts: { where },
  });
}
