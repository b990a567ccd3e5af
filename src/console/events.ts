/**
 * What the console said: the events that `console-reader.ts` makes of a guest's serial bytes.
 *
 * Offsets are bytes into the raw stream as it was pushed (the artifact `console.log`), so that a finding can be looked up in the
 * untouched bytes. Text is the normalised copy: valid Unicode, escape sequences applied, no control character but tab.
 */
import type { Task } from "./task.js";
import type { Frame } from "./stack.js";

export type ConsoleEvent = LineEvent | MarkEvent | ReportOpenedEvent | ReportEvent;

/** Where in the raw stream something lies: from `startOffsetBytes` up to, not including, `endOffsetBytes`. */
export interface Span {
  readonly startOffsetBytes: number;
  readonly endOffsetBytes: number;
}

/** What a mark means for a run. The words are also those of a lane's `findings`. */
export type MarkClass =
  /** A file that the boot loader reads its settings from, or the kernel that it starts. */
  | "loader"
  /** The boot loader could not load what it was told to. */
  | "loader-failed"
  /** The first line of a kernel: once for each start, so a second one is a reboot. */
  | "boot"
  /** The line by which a kernel says which one it is; `identity` is set. (Linux says it in its `boot` line.) */
  | "identity"
  /** A boot that will not come further by itself: no root, no init, a prompt that nobody answers. */
  | "boot-stuck"
  /** The kernel is through with itself and mounts the root or starts init. */
  | "init"
  /** A login prompt: rc or init is through. */
  | "login"
  | "panic"
  /** A processor exception in the kernel: FreeBSD's "Fatal trap", Linux' oops. */
  | "trap"
  /** An assertion or a rule of the kernel that was broken: `BUG:`, `kernel BUG at`. */
  | "bug"
  /** KASAN, KMSAN, KCSAN, KFENCE, UBSAN and their FreeBSD kin. */
  | "sanitizer"
  /** Hung task, soft or hard lockup, RCU stall, a spin lock held too long. */
  | "lockup"
  /** Lock order and lock use: lockdep, WITNESS. */
  | "locks"
  | "warning"
  /** Out of memory. */
  | "memory"
  /** The kernel debugger was entered, or waits at its prompt. */
  | "debugger"
  /** A crash dump is written or saved. */
  | "dump"
  /** The way a kernel ends: `Uptime:`, `Rebooting...`, `reboot: Power down`. */
  | "end";

/**
 * `fatal`: the kernel, or the boot, does not go on from here. `finding`: it goes on, and a lane says whether that fails a run.
 * `info`: nothing is wrong.
 */
export type Severity = "info" | "finding" | "fatal";

/**
 * `certain`: the first line has its kernel form and something else that only a kernel prints was seen with it.
 * `suspected`: the line looks right but the console ended before anything else confirmed it; believe it only with a
 * second sign from elsewhere, such as a reset.
 */
export type Confidence = "certain" | "suspected";

/** One line as a person would have seen it. */
export interface LineEvent extends Span {
  readonly type: "line";
  readonly text: string;
  /**
   * `newline`: a line feed. `cursor`: the cursor was moved elsewhere. `cut`: the line was too long, and its rest comes as the
   * next line. `end`: the stream ended.
   */
  readonly ending: "newline" | "cursor" | "cut" | "end";
  /** Whether this is the rest of a line that was cut. */
  readonly continues: boolean;
}

/** One line, or the beginning of one (a prompt), that means something by itself. */
export interface MarkEvent extends Span {
  readonly type: "mark";
  readonly class: MarkClass;
  /** The row of the mark table: stable, kebab-case. */
  readonly name: string;
  readonly severity: Severity;
  readonly title: string;
  /** The text that matched, up to where the match ended for a prompt. */
  readonly text: string;
  /** How the kernel calls itself, where this line says so: `FreeBSD 15.0-STABLE TWQDEBUG amd64`, `Linux version 6.1.0 …`. */
  readonly identity?: string;
}

interface ReportHead {
  /** The number of the report in this stream, from 1. */
  readonly id: number;
  readonly class: MarkClass;
  readonly name: string;
  readonly severity: Exclude<Severity, "info">;
  /** Stable: without numbers and addresses. While the report is open it may still lack the function's name. */
  readonly title: string;
  readonly startOffsetBytes: number;
}

/**
 * A report began, said as soon as that is certain. It is said again, with the same `id`, when what began as a finding turns
 * fatal (a warning, then `panic_on_warn`).
 */
export interface ReportOpenedEvent extends ReportHead {
  readonly type: "report-opened";
}

/**
 * What showed that a report is over: its own last line (or a prompt that waits), text of something else, the start of another
 * report, a kernel that starts, silence, its size, the end of the stream.
 */
export type Closing =
  "end-text" | "other-text" | "next-report" | "reboot" | "quiet" | "size" | "end";

/** A whole report: first cause, evidence, backtrace. A panic that follows from an oops is part of the oops' report. */
export interface ReportEvent extends ReportHead, Span {
  readonly type: "report";
  readonly confidence: Confidence;
  /** The signs that were seen, in order and without repeats: `first-line`, `printk-prefix`, `cpuid`, `backtrace`, `panic` … */
  readonly signals: readonly string[];
  /** Titles of what followed from the first cause, in order: `kernel panic: Fatal exception`. */
  readonly followedBy: readonly string[];
  /** The report's lines, bounded. */
  readonly evidence: readonly string[];
  /** Whether lines were left out of `evidence` because there were too many. */
  readonly evidenceCut: boolean;
  readonly frames: readonly Frame[];
  /** Absent in what earlier versions wrote. */
  readonly task?: Task;
  readonly closedBy:
    "end-text" | "other-text" | "next-report" | "reboot" | "quiet" | "size" | "end";
}
