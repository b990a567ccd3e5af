/**
 * What a config does after it was read, or besides being read: a timer or promise of it that throws, `process.exit`, `console.log`.
 * None of it may end a run without its record, or silently, while somebody waits for its document.
 */
import { Console } from "node:console";
import { LaneError } from "../base/errors.js";
import { brokenConfig } from "../lane/evaluate-config.js";
import { abortWork } from "./interrupts.js";

const configFiles = new Set<string>();
let fault: { readonly error: unknown } | undefined;

/** @param path of the config, or of a file that it imports */
export function rememberConfigFile(path: string): void {
  configFiles.add(path);
}

/**
 * Catches what nobody caught. The command that is under way ends as at a Ctrl-C, if it has something to end; else the process
 * ends at once.
 *
 * @param leaving tells the error before the process ends at once
 * @returns the exit status
 */
export function listenForFaults(leaving: (error: unknown) => number): void {
  const exit = process.exit.bind(process);
  process.on("uncaughtException", (thrown) => {
    // The first one is told; others may follow from it.
    if (fault !== undefined) return;
    fault = { error: isOfConfig(thrown) ? brokenConfig([...configFiles], thrown) : thrown };
    if (!abortWork()) exit(leaving(fault.error));
  });
  process.exit = (code) => {
    const call = withWholeStack(
      () =>
        new LaneError("config-broken", `the config ended the program: process.exit(${code ?? ""})`),
    );
    if (namesConfig(call)) throw call;
    return exit(code);
  };
}

/** @throws what {@link listenForFaults} caught */
export function requireNoFault(): void {
  if (fault !== undefined) throw fault.error;
}

/** stdout is for the one document. */
export function sendConsoleToStderr(): void {
  globalThis.console = new Console(process.stderr, process.stderr);
}

/** kernlane throws nothing but errors. */
function isOfConfig(thrown: unknown): boolean {
  if (configFiles.size === 0) return false;
  const isError = thrown instanceof Error && !("code" in thrown && thrown.code === NO_ERROR);
  return !isError || namesConfig(thrown);
}

/** Of the error that Node makes of a rejection with something else. */
const NO_ERROR = "ERR_UNHANDLED_REJECTION";

function namesConfig({ stack = "" }: Error): boolean {
  return [...configFiles].some((file) => stack.includes(`${file}:`));
}

function withWholeStack(make: () => LaneError): LaneError {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = Infinity;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
