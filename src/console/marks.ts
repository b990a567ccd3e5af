/**
 * What a console can say, as tables. A guest family is a table (`marks-linux.ts`, `marks-freebsd.ts`); `mark-engine.ts` applies it.
 *
 * Patterns are matched on one line of at most 8192 characters without its printk prefix. They are anchored and their repetitions are
 * bounded, so that matching stays linear whatever a guest prints.
 */
import type { MarkClass, Severity } from "./events.js";
import type { CallerTables, Pick } from "./guilty.js";

export interface MarkTable {
  /** What a kernel may put in front of a line (Linux' time and caller); `caller` is a named group. `undefined`: nothing. */
  readonly prefix: RegExp | undefined;
  /** The same wherever it is on a line: a kernel's line that begins behind a prompt or a half-written line of a program. */
  readonly prefixInside: RegExp | undefined;
  /** What a log daemon puts in front of a kernel's line. It is taken off, but proves nothing: every program can print it. */
  readonly daemonPrefix: RegExp | undefined;
  readonly rows: readonly MarkRow[];
  /** Lines that come just before a report and belong to it (`------------[ cut here ]------------`). */
  readonly opener: RegExp | undefined;
  /** Lines that belong to a report once one is open; what is neither of these nor empty is other text. */
  readonly body: RegExp;
  /** The same for a finding, which has less: the kernel goes on. `undefined`: the same lines. */
  readonly findingBody: RegExp | undefined;
  /** Signs that a report is a kernel's own. Each is recorded by its name when it is seen. */
  readonly signals: readonly Signal[];
  /** The last line of a fatal report. */
  readonly ends: RegExp;
  /** The backtrace is over; what follows may still belong to the report, and more may follow from it. */
  readonly settles: RegExp | undefined;
  /** Where a further backtrace of a report begins. `undefined`: a report has one. */
  readonly stackStart: RegExp | undefined;
  /** What comes behind such a line is a backtrace of something else than the report: of who allocated, who took a lock. */
  readonly otherStack: RegExp | undefined;
  /** Functions that only report, trap or wait: they are never what a report is about. */
  readonly reporters: RegExp;
  /** Lines that name the thread that a report is about, see `task.ts`. */
  readonly tasks: readonly RegExp[];
  readonly callers: CallerTables | undefined;
}

export interface Signal {
  readonly name: string;
  readonly pattern: RegExp;
}

export type MarkRow = LineRow | PromptRow | ReportRow;

interface RowBase {
  /** Stable, kebab-case. */
  readonly name: string;
  readonly class: MarkClass;
  /** A template, see `titles.ts`. */
  readonly title: string;
}

/** A whole line that means something by itself. */
export interface LineRow extends RowBase {
  readonly kind: "line";
  readonly severity: Severity;
  readonly pattern: RegExp;
  /** The line before has to look like this; its named groups are at hand for the templates. */
  readonly previous?: RegExp;
  /** A template for what the kernel calls itself. */
  readonly identity?: string;
  /** Names of signals; without a printk prefix the mark counts only when one of them follows. */
  readonly confirmedBy?: readonly string[];
}

/**
 * A line without an end. Text that waits for an answer is matched the moment the line reads exactly so; the last words of something that
 * halted (`silent`) once nothing follows them.
 */
export interface PromptRow extends RowBase {
  readonly kind: "prompt";
  readonly severity: Severity;
  readonly pattern: RegExp;
  /** One of the last eight lines has to look like this; the named groups of the last that does are at hand for the title. */
  readonly after?: RegExp;
  readonly silent?: true;
}

/** The first line of a report. */
export interface ReportRow extends RowBase {
  readonly kind: "report";
  readonly severity: Exclude<Severity, "info">;
  readonly pattern: RegExp;
  /** The report may begin in the middle of a line, with this text; the pattern is then matched from there. */
  readonly inside?: string;
  /** Names of signals, one of which has to follow within eight lines (within three for `inside`). A printk prefix is as good. */
  readonly confirmedBy?: readonly string[];
  /** The first line may be about a program: no prefix makes up for a sign of `confirmedBy`. */
  readonly isAlsoSaidOfPrograms?: true;
  /** Named texts from later lines for the title: the first match's group 1. */
  readonly details?: Readonly<Record<string, RegExp>>;
  /** Where the report names the address of the instruction: the first match's group 1, in hexadecimal. */
  readonly address?: RegExp;
  /** `all`: the frames that follow; a pattern: those behind that line; `none`: the first line is the whole report. */
  readonly frames: "all" | "none" | RegExp;
  /** Which frame gives `$frame`. Default: the innermost. */
  readonly pick?: Pick;
  /** A backtrace with such a function in it is of a thread that waits for the guilty one. */
  readonly bystander?: RegExp;
  /** Only ever the consequence of a report that is open, if one is: `panic_on_warn`. */
  readonly consequence?: true;
  /** Names of rows whose lines are the same event told on (what WARN() prints before its `WARNING:`), or what the kernel dies of by it. */
  readonly leadsTo?: readonly string[];
  /** Inside an open report this line is a part of it and not an event of its own: `Oops: 0000 [#1]`. */
  readonly part?: true;
  /** This report comes in bursts; while one is open another of its class belongs to it: hung tasks. */
  readonly bursts?: true;
}
