import type { GuestFamily } from "../base/family.js";
import type { Observation } from "./decode-reply.js";
import { canonicalErrno, errnoName } from "./errno.js";
import { canonicalSignal, signalName } from "./signals.js";

const CELL_LIMIT = 60;

/** What a step showed. */
export interface Outcome {
  /**
   * In the words of the transition table: `ok`, `= 42`, `ENOSYS`, `SIGSYS`, `exit 1`, `timed out`, a sysctl's value, the first
   * line of a file. Expectations are compared with this.
   */
  readonly text: string;
  /**
   * `answer`: the step was carried out. `error`: it could not do what it is there for (no such program, no such file), and the
   * text is the errno. `none`: it was not carried out, or not to its end: timed out, refused, gone, lost.
   */
  readonly is: "answer" | "error" | "none";
  /** Another text that it may be expected as; patterns are for the text that is shown. */
  readonly also?: string;
}

/** Steps whose errno is what they ask for. The others want something else, and an errno says that they did not get it. */
const ASKS_FOR_ERRNO: ReadonlySet<string> = new Set(["syscall", "batch", "time"]);

/** @param family which numbers the guest uses: errno 45 is ENOTSUP on FreeBSD and EL2NSYNC on Linux */
export function outcomeOf(observation: Observation, family: GuestFamily): Outcome {
  const { status, data, kind, stepId } = observation;
  const errno = numberIn(data, "errno");
  const exit = numberIn(data, "exit");
  switch (status) {
    case "ok":
      return okOutcome(observation, family);
    case "errno":
      if (errno === undefined) return none(status);
      if (stepId === null || ASKS_FOR_ERRNO.has(kind)) return answer(errnoName(family, errno));
      return { text: errnoName(family, errno), is: "error" };
    case "signal": {
      const signal = signalIn(data, family, stepId === null);
      return signal === undefined ? none("a signal without its number") : answer(signal);
    }
    case "exited":
      return exit === undefined ? none(status) : answer(`exit ${exit}`);
    case "timed-out":
      return none("timed out");
    default:
      // The agent's other words (refused, gone, lost) say why a step was not carried out; a program of the user has its own.
      return stepId === null
        ? answer(foreignOutcome(observation, family))
        : none(reason(observation));
  }
}

function answer(text: string): Outcome {
  return { text, is: "answer" };
}

function none(text: string): Outcome {
  return { text, is: "none" };
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

function okOutcome({ kind, data, stepId }: Observation, family: GuestFamily): Outcome {
  if (stepId === null) return answer("rc" in data ? returned(textIn(data, "rc")) : "ok");
  switch (kind) {
    case "syscall":
      return "rc" in data ? answer(returned(textIn(data, "rc"))) : none("no return value");
    case "batch":
    case "time": {
      const results = textIn(data, "results");
      return results === "" ? none("no results") : answer(describeResults(results, family));
    }
    case "sysctl":
      return answer(cell(textIn(data, "value")));
    case "sysctl-set":
      return {
        ...answer(
          `${cell(textIn(data, "before")) || '""'} → ${cell(textIn(data, "after")) || '""'}`,
        ),
        also: "ok",
      };
    case "read-file":
      return answer(cell(textIn(data, "content")));
    default:
      return answer("rc" in data ? returned(textIn(data, "rc")) : "ok");
  }
}

/** A user's own probe: its errno or signal by the name it gave, else by number; its return value; else its own status. */
function foreignOutcome({ status, data }: Observation, family: GuestFamily): string {
  const named = data["errno_name"];
  if (typeof named === "string" && /^E[A-Z0-9]+$/.test(named)) return canonicalErrno(named);
  const errno = numberIn(data, "errno");
  if (errno !== undefined && errno > 0) return errnoName(family, errno);
  const signal = signalIn(data, family, true);
  if (signal !== undefined) return signal;
  const rc = numberIn(data, "rc");
  return rc === undefined ? cell(status) : returned(String(rc));
}

/** By the name that a program of the user's gave, else by number: there is no signal 0. */
function signalIn(
  data: Observation["data"],
  family: GuestFamily,
  isForeign: boolean,
): string | undefined {
  const named = data["signal_name"];
  if (isForeign && typeof named === "string" && /^SIG[A-Z0-9]+$/.test(named)) {
    return canonicalSignal(named);
  }
  const number = numberIn(data, "signal") ?? 0;
  return number > 0 ? signalName(family, number) : undefined;
}

function reason({ status, data }: Observation): string {
  const why = data["reason"];
  return typeof why === "string" ? `${cell(status)}: ${cell(why)}` : cell(status);
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
