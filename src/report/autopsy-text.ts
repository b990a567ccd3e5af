/**
 * What a person at a frozen guest is told: what died, and how a debugger is attached.
 */
import { visible } from "../console/visible.js";
import type { ColumnRecord } from "../run/record.js";
import { debuggerCommand } from "./debugger-text.js";

export interface Autopsy {
  readonly column: Pick<ColumnRecord, "kernel" | "verdict" | "title" | "evidence">;
  readonly guest: "linux" | "freebsd";
  /** ISO 8601. */
  readonly frozenAt: string;
  readonly port: number;
  /** The file with the kernel's names; absent when none was found. */
  readonly symbols?: string | undefined;
  /** What is to be said of the symbols. */
  readonly notices: readonly string[];
}

/** @example formatAutopsy({ column, guest: "linux", frozenAt: "2026-11-25T17:00:00.000Z", port: 41231, … }) // lines to print */
export function formatAutopsy(autopsy: Autopsy): readonly string[] {
  const { column, guest, frozenAt, port, symbols, notices } = autopsy;
  const { kernel, verdict, title, evidence } = column;
  // Of a hung kernel the processor that took the interrupt need not be the one that hangs.
  const processor = verdict === "hung" ? undefined : dyingProcessor(evidence);
  const thread = processor === undefined ? "thread apply all bt" : `thread ${processor + 1}`;
  const asks = processor === undefined ? [thread] : [thread, "bt"];
  return [
    `${kernel}: ${verdict ?? "error"}, ${visible(title)}; frozen at ${frozenAt}`,
    ...(processor === undefined
      ? []
      : [`processor ${processor} died: it is gdb's thread ${processor + 1}`]),
    `waiting for a debugger on 127.0.0.1:${port}. In another terminal:`,
    `  ${debuggerCommand({ guest, hypervisor: "qemu", port, path: symbols })}${asks.map((ask) => ` -ex '${ask}'`).join("")}`,
    ...notices.map(visible),
    "Ctrl-C ends it; what is kept stays as it is",
  ];
}

/** The last one that the report names: `CPU: 1 PID: 22 …`, `cpuid = 1`. */
export function dyingProcessor(evidence: readonly string[]): number | undefined {
  const named = evidence.flatMap(
    (line) => /\b(?:CPU:? |cpuid = )(\d{1,4})\b/.exec(line)?.[1] ?? [],
  );
  const last = named.at(-1);
  return last === undefined ? undefined : Number(last);
}
