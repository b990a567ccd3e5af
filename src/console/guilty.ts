/** Which function of a backtrace a report is about. */
import { rustPath } from "./rust-names.js";
import { functionName, type Frame } from "./stack.js";

/**
 * Which frame counts. `innermost`: the first one whose job is not to report, check, lock or wait: where it broke. `outermost`: what the
 * thread was doing as a whole. A stall is seen at a random place of a loop, and a stack overflows at a random depth, so the innermost
 * function would differ from run to run. `outermost-through-interrupts`: the same, but whoever was interrupted counts too, for a stack
 * overflows as a whole.
 */
export type Pick = "innermost" | "outermost" | "outermost-through-interrupts";

/** What `outermost` needs to know of a guest family's functions. */
export interface CallerTables {
  /** How a thread came to its work: system call entry, kthread, softirq. */
  readonly dispatchers: RegExp;
  /** Whoever is under these was interrupted, and has nothing to do with what runs above them. */
  readonly interruptions: RegExp;
  /** Where a processor waits for another one: this is what it is stuck in, whoever called. */
  readonly waits: RegExp;
}

export interface FunctionTables {
  readonly reporters: RegExp;
  /** `undefined`: the innermost function is taken instead. */
  readonly callers: CallerTables | undefined;
}

/** @returns `undefined` when the backtrace has no such function */
export function guiltyFunction(
  frames: readonly Frame[],
  { reporters, callers }: FunctionTables,
  pick: Pick = "innermost",
): string | undefined {
  const names = frames.filter(isInside).map((frame) => titleName(frame.function));
  const at = names.findIndex((name) => !reporters.test(name));
  if (at < 0 || pick === "innermost" || callers === undefined) return names[at];
  const isInterrupted = (name: string): boolean =>
    pick === "outermost" && callers.interruptions.test(name);
  return outermost(names.slice(at), isInterrupted, reporters, callers);
}

/** A call that never returns may be its function's last instruction; the address behind it is then the next function's first. */
function isInside({ reliable, isExact, offsetBytes = 0 }: Frame): boolean {
  return reliable && (isExact === true || offsetBytes > 0);
}

/**
 * Whether a report's first line says itself where it was, so that a title need not say it again.
 *
 * @param word what stands in front of the line's first colon, unless it only reports: `sctp: …` is a subsystem, `vput: …` a function
 * that the backtrace has
 */
export function saysWhere(
  text: string,
  word: string | undefined,
  guilty: string | undefined,
  frames: readonly Frame[],
): boolean {
  if (guilty !== undefined && text.split(/\W+/).includes(guilty)) return true;
  if (word === undefined) return false;
  return word.includes("_") || frames.some((frame) => frame.function === word);
}

/** @param names from the first one that is no reporter on */
function outermost(
  names: readonly string[],
  isInterrupted: (name: string) => boolean,
  reporters: RegExp,
  { dispatchers, waits }: CallerTables,
): string | undefined {
  const end = names.findIndex(isInterrupted);
  const own = names
    .slice(0, end < 0 ? names.length : Math.max(end, 1))
    .filter((name) => !reporters.test(name));
  const working = own.filter((name) => !dispatchers.test(name));
  return own.find((name) => waits.test(name)) ?? working.at(-1) ?? own[0];
}

/**
 * A function's name as titles have it, the same on every architecture and in the next build.
 *
 * @example titleName("__x64_sys_rmdir") // "sys_rmdir"
 * titleName("smp_call_function_many_cond") // "smp_call_function"
 */
export function titleName(symbol: string): string {
  if (symbol.startsWith("_R")) return rustPath(functionName(symbol));
  return functionName(symbol)
    .replace(systemCallWrapper, "sys_")
    .replace(/^smp_call_function_\w+$/, "smp_call_function");
}

/** SYSCALL_DEFINE's functions: `SyS_` and `SYSC_` up to 4.16, then one wrapper an architecture and ABI. */
const systemCallWrapper =
  /^(?:__(?:x64|ia32|x32|arm64|riscv|s390x?|loongarch|powerpc|se|do)_(?:compat_)?sys_|(?:compat_)?SyS_|(?:C_)?SYSC_)/;
