/**
 * A plan for a person: what a run would do, column by column.
 */
import { formatBytes, formatDuration } from "../base/units.js";
import { visible } from "../console/visible.js";
import type { DirectStart } from "../guests/guest.js";
import type { FindingsPolicy } from "../lane/findings.js";
import { isInImage } from "../run/column-symbols.js";
import type { Symbols } from "../symbols/symbols.js";
import type { ColumnPlan, RunPlan } from "../run/plan.js";
import { quoted } from "./shell-words.js";
import type { Style } from "./style.js";
import { formatTable } from "./table.js";

/** @param symbols of each column, in their order */
export function formatPlan(plan: RunPlan, style: Style, symbols: readonly Symbols[]): string {
  const { accel, why } = plan.facts.accel;
  const lines = [
    style.bold(`lane ${plan.request.lane}`),
    `  config       ${plan.request.config ?? "none: the lane is built in"}`,
    `  guest        ${plan.request.guest}`,
    `  hypervisor   ${plan.facts.hypervisorVersion}`,
    `  accelerator  ${accel}: ${why}`,
    `  run folder   ${plan.folder}`,
    ...findingLines(plan.request.findings),
    ...(plan.crashes === undefined ? [] : [`  crashes      ${plan.crashes}`]),
    `  debugger     ${(plan.columns[0] ?? plan.request).debugger.map(visible).join(", ") || "is asked nothing"}`,
    ...plan.columns.flatMap((column, index) => columnLines(column, symbols[index]!, style)),
  ];
  return lines.join("\n") + "\n";
}

/** Nothing is said where every finding fails the run. */
function findingLines(policy: FindingsPolicy): readonly string[] {
  const fates = Object.entries(policy).map(([key, fate]) => `${visible(key)} ${fate}`);
  const isDefault = Object.values(policy).every((fate) => fate === "fail");
  return isDefault ? [] : [`  findings     ${fates.join(", ")}`];
}

function columnLines(column: ColumnPlan, symbols: Symbols, style: Style): readonly string[] {
  const { placed, staged, disk, start, dump, notices } = column.staging;
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
    ...symbolLines(column, symbols),
    `  console log  ${column.consoleLog}`,
    `  channel      ${column.channels.join(", else ")}`,
    `  budgets      ${budgets.join(", ")}`,
    "  staged",
    ...staged.map((path) => `    ${path}`),
    ...(disk === undefined
      ? []
      : [`    over ${disk.base.path} (${disk.base.format}, not written)`]),
    ...(start === undefined ? [] : [`    ${startOf(start)}`]),
    ...(dump === undefined
      ? []
      : [`    ${dump.path}: empty, for the kernel's dump, up to ${formatBytes(dump.sizeBytes)}`]),
    ...lastStateOf(column.machine).map((kept) => `  kept         ${kept}`),
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

/** What gives a death its source lines. */
function symbolLines(column: ColumnPlan, { kernel, passedOver }: Symbols): readonly string[] {
  const { given, sources } = column.symbols;
  const elsewhere = isInImage(column) ? "the image's, where it has them" : "none found";
  return [
    `  symbols      ${kernel ? `${visible(kernel.path)} (by ${kernel.provenBy})` : elsewhere}`,
    ...given
      .filter((path) => path !== kernel?.path)
      .map((path) => `  symbols      ${path} (given)`),
    ...(sources === undefined ? [] : [`  sources      ${sources}`]),
    ...passedOver.map((one) => `  note         not used for source lines: ${visible(one)}`),
  ];
}

/** What is kept of a guest whose kernel dies, by the hypervisor. */
function lastStateOf({
  holdsAtReset,
  memoryFile,
  memoryMiB,
}: ColumnPlan["machine"]): readonly string[] {
  if (!holdsAtReset) return [];
  const most = `up to ${formatBytes(memoryMiB * 1024 ** 2)} of memory, when the kernel dies`;
  return [
    memoryFile === undefined ? `a dump: ${most}` : `the machine: ${most}, and the disk's overlay`,
  ];
}

/** What a hypervisor starts, and what it is told. */
function startOf({ kernel = "", files, variables }: DirectStart): string {
  const others = files.map(({ path }) => `, ${visible(path)}`).join("");
  return `started without a loader: ${visible(kernel)}${others}, ${Object.keys(variables).length} variables`;
}

function editsOf(edits: readonly { readonly bytes: Uint8Array }[]): string {
  const sizeBytes = edits.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return `${edits.length} edits, ${formatBytes(sizeBytes)},`;
}

/** As a shell would need it, so that it can be copied. */
