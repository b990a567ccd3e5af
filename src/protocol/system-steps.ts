import { limits } from "./limits.js";
import { checkInteger, checkPath, checkRegister, stepError } from "./step-check.js";
import { common, type StepOptions } from "./step-options.js";
import type {
  FaultStep,
  MarkerStep,
  PowerStep,
  ProgramStep,
  ReadFileStep,
  SleepStep,
  SysctlFormat,
  SysctlSetStep,
  SysctlStep,
  WriteFileStep,
} from "./step.js";

/**
 * Reads a sysctl by name; on Linux the file of that name under `/proc/sys`. `sysctl.set` writes one.
 *
 * @example sysctl("kern.ident", { expect: "TWQDEBUG" })
 */
export function sysctl(
  name: string,
  options: StepOptions & { readonly format?: SysctlFormat } = {},
): SysctlStep {
  const format = options.format ?? "auto";
  const own = common(options, checkSysctl(name), ["format"]);
  return { kind: "sysctl", sysctl: name, format, ...own };
}

/**
 * Writes a sysctl, and puts the old value back at the end of the block that it stands in, or of the probe, whatever happened
 * meanwhile. The row says both values; a sysctl that is missing or may not be written is answered with its errno.
 *
 * @throws LaneError `step-name-invalid`, `step-number-out-of-range`, `step-bytes-invalid`
 * @example sysctl.set("kern.twq.busy_window_usecs", 50000) // 200 → 50000
 */
sysctl.set = function (
  name: string,
  value: number | bigint | string,
  options: StepOptions = {},
): SysctlSetStep {
  if (typeof value !== "string") checkRegister(value, `sysctl.set ${checkSysctl(name)}`);
  const text = value.toString();
  if (Buffer.byteLength(text) > limits.sysctlValueBytes || text.includes("\0")) {
    throw stepError("step-bytes-invalid", `sysctl.set ${name}`, `${text.length} characters`, [
      `a text of at most ${limits.sysctlValueBytes} bytes without zero bytes`,
    ]);
  }
  const own = common(options, `${checkSysctl(name)} = ${text}`.slice(0, limits.nameBytes));
  return { kind: "sysctl-set", sysctl: name, value: text, ...own };
};

/** @throws LaneError `step-name-invalid` */
function checkSysctl(name: string): string {
  if (/^[A-Za-z0-9_.%-]{1,255}$/.test(name)) return name;
  throw stepError("step-name-invalid", "sysctl", JSON.stringify(name), [
    "a sysctl's name, such as kern.ident",
  ]);
}

/** Reads a file of the guest, `/proc` and `/sys` included, up to `limitBytes` (default 65 536). */
export function readFile(
  path: string,
  options: StepOptions & { readonly limitBytes?: number } = {},
): ReadFileStep {
  const limitBytes = options.limitBytes ?? 65_536;
  checkInteger(limitBytes, 1, limits.passedOnBytes, "readFile: limitBytes");
  checkPath(path, "readFile");
  const own = common(options, `read ${path}`, ["limitBytes"]);
  return { kind: "read-file", path, limitBytes, ...own };
}

/**
 * Writes text or bytes to a file with one write(2), creating it if it is missing.
 *
 * @example writeFile("/proc/sysrq-trigger", "c") // a real panic
 */
export function writeFile(
  path: string,
  content: string | Uint8Array,
  options: StepOptions = {},
): WriteFileStep {
  checkPath(path, "writeFile");
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  checkInteger(bytes.length, 0, limits.bufferBytes, "writeFile: length");
  return { kind: "write-file", path, bytes, ...common(options, `write ${path}`) };
}

export interface ProgramOptions extends StepOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Default 262 144. */
  readonly limitBytes?: number;
}

/**
 * Runs a program of the guest, with nothing on stdin, in its own process group; its output lines are passed on.
 *
 * @example program("/root/twq-probe-stub", ["--op", "1"], { deadlineMs: 5000, expect: "exit 0" })
 */
export function program(
  path: string,
  args: readonly string[] = [],
  options: ProgramOptions = {},
): ProgramStep {
  checkPath(path, "program");
  if (!isList(args)) {
    throw stepError("step-bytes-invalid", "program", "its arguments as an object", [
      "a list of texts",
      'write program("/bin/probe", [], { expect: "exit 0" })',
    ]);
  }
  const env = options.env ?? {};
  const words = [...args, ...Object.entries(env).map(([key, value]) => `${key}=${value}`)];
  checkInteger(words.length, 0, limits.programWords, "program: arguments and variables");
  if (words.some((word) => word.includes("\0"))) {
    throw stepError("step-bytes-invalid", "program", "a zero byte in an argument", ["text"]);
  }
  const limitBytes = options.limitBytes ?? 262_144;
  checkInteger(limitBytes, 0, limits.passedOnBytes, "program: limitBytes");
  const own = common(options, `run ${path}`, ["env", "limitBytes"]);
  return { kind: "program", path, args, env, limitBytes, ...own };
}

export function sleep(durationMs: number, options: StepOptions = {}): SleepStep {
  checkInteger(durationMs, 0, limits.deadlineMs, "sleep: durationMs");
  const deadlineMs = options.deadlineMs ?? Math.min(durationMs + 10_000, limits.deadlineMs);
  return {
    kind: "sleep",
    durationMs,
    ...common({ ...options, deadlineMs }, `sleep ${durationMs} ms`),
  };
}

/** Says `text` on the console and on the channel. */
export function marker(text: string, options: StepOptions = {}): MarkerStep {
  return { kind: "marker", text, ...common(options, text) };
}

/** Ends the run here: the end frame is sent, file systems are synced, the guest powers off. */
export function powerOff(options: StepOptions = {}): PowerStep {
  return { kind: "power", action: "power-off", ...common(options, "power off") };
}

export function reboot(options: StepOptions = {}): PowerStep {
  return { kind: "power", action: "reboot", ...common(options, "reboot") };
}

/** Stops the machine without powering it off. */
export function halt(options: StepOptions = {}): PowerStep {
  return { kind: "power", action: "halt", ...common(options, "halt") };
}

/** The protocol's fault injection (`FaultStep`): for tests of whatever reads the channel. */
export function fault(kind: FaultStep["fault"], options: StepOptions = {}): FaultStep {
  return { kind: "fault", fault: kind, ...common(options, `fault ${kind}`) };
}

/** A config is run without its types. */
function isList(args: unknown): boolean {
  return Array.isArray(args);
}
