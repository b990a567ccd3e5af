import type { GuestFamily } from "../base/family.js";
import type { Observation } from "./decode-reply.js";
import { canonicalErrno, errnoName } from "./errno.js";
import { canonicalSignal, signalName } from "./signals.js";

const CELL_LIMIT = 60;

/**
 * What a step showed, in the words of the transition table: `ok`, `= 42`, `ENOSYS`, `SIGSYS`, `exit 1`, `timed out`, a
 * sysctl's value, the first line of a file. These are the texts that expectations are compared with.
 *
 * @param family which numbers the guest uses: errno 45 is ENOTSUP on FreeBSD and EL2NSYNC on Linux
 */
export function outcomeOf(observation: Observation, family: GuestFamily): string {
  const { status, data } = observation;
  const errno = numberIn(data, "errno");
  switch (status) {
    case "ok":
      return okOutcome(observation, family);
    case "errno":
      return errno === undefined ? status : errnoName(family, errno);
    case "signal":
      return signalName(family, numberIn(data, "signal") ?? 0);
    case "exited":
      return `exit ${numberIn(data, "exit") ?? "?"}`;
    case "timed-out":
      return "timed out";
    case "refused":
    case "gone":
    case "lost":
      return reason(observation);
    default:
      return foreignOutcome(observation, family);
  }
}

/** `ok`, `ENOSYS ×1000`, `ok ×3, EAGAIN`: the results of many calls; one result alone when all were the same. */
export function describeResults(results: string, family: GuestFamily): string {
  // By their text first: of thousands of results few are different.
  const texts = new Map<string, number>();
  for (const entry of results.split(",")) {
    const [value = "", times = "1"] = entry.split("*");
    if (value !== "") texts.set(value, (texts.get(value) ?? 0) + Number(times));
  }
  const counts = new Map<string, number>();
  for (const [value, times] of texts) {
    const shown = describeResult(value, family);
    counts.set(shown, (counts.get(shown) ?? 0) + times);
  }
  const [first, ...others] = [...counts];
  if (first === undefined) return "no results";
  if (others.length === 0) return first[0];
  return [first, ...others]
    .map(([shown, times]) => (times === 1 ? shown : `${shown} ×${times}`))
    .join(", ");
}

/** One compact result: a value, `e` and an errno, or `other`; buffers that came back follow after slashes. */
function describeResult(text: string, family: GuestFamily): string {
  const [value = ""] = text.split("/");
  if (value === "other") return value;
  return value.startsWith("e") ? errnoName(family, Number(value.slice(1))) : returned(value);
}

function okOutcome({ kind, data }: Observation, family: GuestFamily): string {
  switch (kind) {
    case "syscall":
      return returned(textIn(data, "rc"));
    case "batch":
    case "time":
      return describeResults(textIn(data, "results"), family);
    case "sysctl":
      return cell(textIn(data, "value"));
    case "read-file":
      return cell(textIn(data, "content"));
    default:
      return "rc" in data ? returned(textIn(data, "rc")) : "ok";
  }
}

/** A user's own probe: its errno or signal by the name it gave, else by number; its return value; else its own status. */
function foreignOutcome({ status, data }: Observation, family: GuestFamily): string {
  const named = data["errno_name"];
  if (typeof named === "string" && /^E[A-Z0-9]+$/.test(named)) return canonicalErrno(named);
  const signalled = data["signal_name"];
  if (typeof signalled === "string" && /^SIG[A-Z0-9]+$/.test(signalled)) {
    return canonicalSignal(signalled);
  }
  const errno = numberIn(data, "errno");
  if (errno !== undefined && errno > 0) return errnoName(family, errno);
  const signal = numberIn(data, "signal");
  if (signal !== undefined && signal > 0) return signalName(family, signal);
  const rc = numberIn(data, "rc");
  return rc === undefined ? cell(status) : returned(String(rc));
}

function reason({ status, data }: Observation): string {
  const why = data["reason"];
  return typeof why === "string" ? `${status}: ${cell(why)}` : status;
}

function returned(value: string): string {
  return value === "0" ? "ok" : `= ${value}`;
}

/** One line that fits a table; control characters are shown as a dot. */
function cell(text: string): string {
  const line = text
    .split(/\r?\n/, 1)[0]!
    .replace(/[\x00-\x1f\x7f]/g, "·")
    .trim();
  return line.length > CELL_LIMIT ? `${line.slice(0, CELL_LIMIT - 1)}…` : line;
}

function numberIn(data: Readonly<Record<string, unknown>>, field: string): number | undefined {
  const value = data[field];
  return typeof value === "number" ? value : undefined;
}

function textIn(data: Readonly<Record<string, unknown>>, field: string): string {
  const value = data[field];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
