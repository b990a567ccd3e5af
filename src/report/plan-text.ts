/**
 * A plan for a person: what a run would do, column by column.
 */
import { formatBytes, formatDuration } from "../base/units.js";
import { visible } from "../console/visible.js";
import { quoted } from "./shell-words.js";
import type { Style } from "./style.js";
import { formatTable } from "./table.js";

export interface PlannedRun {
  readonly folder: string;
  readonly request: {
    readonly lane: string;
    readonly guest: string;
    readonly allow: readonly string[];
  };
  readonly facts: {
    readonly hypervisorVersion: string;
    readonly accel: { readonly accel: string; readonly why: string };
  };
  readonly columns: readonly PlannedColumn[];
}

interface PlannedColumn {
  readonly kernel: string;
  readonly file: {
    readonly path: string;
    readonly origin: string;
    readonly identity: { readonly label: string };
  };
  readonly consoleLog: string;
  readonly staging: {
    readonly staged: readonly string[];
    readonly placed: readonly {
      readonly path: string;
      readonly mode?: number;
      readonly sizeBytes: number;
      readonly why: string;
    }[];
    readonly disk?: {
      readonly base: { readonly path: string; readonly format: string };
      readonly edits: readonly { readonly bytes: Uint8Array }[];
    };
    readonly notices: readonly string[];
  };
  readonly probe: { readonly text: string };
  readonly argv: readonly (readonly string[])[];
  readonly budgets: { readonly phasesMs: Readonly<Record<string, number>> };
}

export function formatPlan(plan: PlannedRun, style: Style): string {
  const { accel, why } = plan.facts.accel;
  const lines = [
    style.bold(`lane ${plan.request.lane}`),
    `  guest        ${plan.request.guest}`,
    `  hypervisor   ${plan.facts.hypervisorVersion}`,
    `  accelerator  ${accel}: ${why}`,
    `  run folder   ${plan.folder}`,
    ...(plan.request.allow.length === 0 ? [] : [`  allowed      ${plan.request.allow.join(", ")}`]),
    ...plan.columns.flatMap((column) => columnLines(column, style)),
  ];
  return lines.join("\n") + "\n";
}

function columnLines(column: PlannedColumn, style: Style): readonly string[] {
  const { placed, staged, disk, notices } = column.staging;
  const files = placed.map(({ path, mode, sizeBytes, why }) => [
    `    ${visible(path)}`,
    mode === undefined ? "-" : mode.toString(8).padStart(4, "0"),
    mode === undefined ? "-" : formatBytes(sizeBytes),
    visible(why),
  ]);
  const budgets = Object.entries(column.budgets.phasesMs).map(
    ([phase, ms]) => `${phase} ${formatDuration(ms)}`,
  );
  return [
    "",
    style.bold(`column ${column.kernel}`),
    `  kernel       ${column.file.path} (${column.file.origin})`,
    `  must say     ${visible(column.file.identity.label)}`,
    `  console log  ${column.consoleLog}`,
    `  budgets      ${budgets.join(", ")}`,
    "  staged",
    ...staged.map((path) => `    ${path}`),
    ...(disk === undefined
      ? []
      : [`    over ${disk.base.path} (${disk.base.format}, not written)`]),
    ...notices.map((notice) => `  note         ${visible(notice)}`),
    "  put into the guest",
    ...formatTable(files),
    ...(disk === undefined ? [] : [`    as ${editsOf(disk.edits)} of the disk`]),
    "  the agent's plan",
    ...column.probe.text
      .trimEnd()
      .split("\n")
      .map((line) => `    ${line}`),
    "  started as",
    ...column.argv.map((argv) => `    ${argv.map(quoted).join(" ")}`),
  ];
}

function editsOf(edits: readonly { readonly bytes: Uint8Array }[]): string {
  const sizeBytes = edits.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return `${edits.length} edits, ${formatBytes(sizeBytes)},`;
}

/** As a shell would need it, so that it can be copied. */
