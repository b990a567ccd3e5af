/** What a call of a guest that has ended, or never came up, is told. */
import { resolve } from "node:path";
import { LaneError } from "../../base/errors.js";
import { deathSeen } from "../../crashes/seen-crash.js";
import type { ColumnRecord } from "../../run/record.js";
import type { GuestConsole } from "./guest-console.js";

const EVIDENCE_LINES = 40;
const TAIL_LINES = 12;

/** @returns makes the error for a call of this name */
export function guestEnded(
  record: ColumnRecord,
  console: GuestConsole,
): (name: string) => LaneError {
  const { verdict, title, error } = record;
  const said = [...record.evidence.slice(0, EVIDENCE_LINES), ...tailOf(record, console)];
  return (name) => {
    if (error) {
      const { code, message, hint } = error;
      return new LaneError(code, `${name}: ${message}`, { hint: hint ?? undefined });
    }
    return new LaneError(
      "guest-ended",
      [
        `${name}: the guest has ended, ${verdict ?? "unjudged"}: ${title}${deathSeen(record.crashes)}`,
        ...said,
      ].join("\n"),
      {
        hint: `the whole console is in ${resolve(record.folder, record.files.console)}`,
        facts: { name, verdict: verdict ?? undefined, title },
      },
    );
  };
}

/**
 * What is put back or ended at the end of a test's block is gone with the guest. That it has ended is told by the call that found
 * out, and may be what the test wants.
 */
export async function unlessEnded(doing: Promise<unknown>): Promise<void> {
  try {
    await doing;
  } catch (error) {
    if (!(error instanceof LaneError && error.code === "guest-ended")) throw error;
  }
}

function tailOf({ evidence, verdict }: ColumnRecord, console: GuestConsole): readonly string[] {
  const header = "the console's last lines:";
  if (verdict === "passed" || evidence.includes(header)) return [];
  const told = new Set(evidence);
  const lines = console.tail(TAIL_LINES).filter((line) => !told.has(line));
  return lines.length === 0 ? [] : [header, ...lines.map((line) => `  ${line}`)];
}

/** @returns LaneError `live-needs-channel` (host) */
export function refusedChannel(hypervisor: string): LaneError {
  return new LaneError(
    "live-needs-channel",
    `${hypervisor} gives its guests no second serial port here, and a live guest is asked over it`,
    { facts: { hypervisor } },
  );
}
