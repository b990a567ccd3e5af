import { Command } from "commander";
import { LaneError } from "../base/errors.js";
import type { DebugSymbols } from "../guests/debug-symbols.js";
import type { RunPlan } from "../run/plan.js";
import type { LaneListener } from "../run/run-lane.js";
import { exitStatusOf } from "./exit-status.js";
import { requireNoFault } from "./faults.js";
import { catchInterrupts } from "./interrupts.js";
import { addRunFlags, type RunFlags } from "./options.js";
import { isScreen, note, print, printJson } from "./output.js";
import type { Progress } from "./progress.js";
import { refuseUnusedBeside, unusedInRun } from "./unused-options.js";

interface Flags extends RunFlags {
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly watch?: boolean;
}

export function runCommand(): Command {
  return addRunFlags(new Command("run"))
    .description("stage, boot, probe and judge each kernel of a lane")
    .option("--keep", "leave what was staged in the run's folder")
    .option(
      "--json",
      "print one JSON document on stdout: the record (docs/record.schema.json) or an error (docs/error.schema.json); progress goes to stderr",
    )
    .option(
      "--watch",
      "run again whenever a kernel, the base image, the config or a file of the lane changes, until Ctrl-C",
    )
    .option(
      "--gdb",
      "wait for a debugger before the guest's first instruction, and print the command that attaches it; one kernel, no deadlines",
    )
    .option("--dry-run", "print what would be done and touch nothing, as `kernlane plan` does")
    .action(async (lane: string | undefined, flags: Flags, command: Command) => {
      refuseUnusedBeside(command, unusedInRun);
      if (flags.dryRun) return (await import("./plan.js")).printPlan(lane, flags);
      if (flags.watch) return (await import("./watch.js")).watchLane(lane, flags);
      return run(lane, flags);
    });
}

async function run(lane: string | undefined, flags: Flags): Promise<void> {
  const { requestFrom } = await import("./request-from.js");
  const request = await requestFrom(lane, flags);
  const { runLane } = await import("../run/run-lane.js");
  const { styleFor, wantsColours } = await import("../report/style.js");
  const { formatRun } = await import("../report/terminal.js");
  const { openProgress } = await import("./progress.js");
  const output = flags.json ? process.stderr : process.stdout;
  const style = styleFor(wantsColours(output));
  const progress = openProgress(output, isScreen(output), style);
  const listener = flags.gdb ? await withDebugger(progress) : progress;
  using interrupts = catchInterrupts(() =>
    note("\ninterrupted: ending the guests; once more to leave at once"),
  );
  try {
    const record = await runLane(request, { signal: interrupts.signal, listener });
    progress.done();
    requireNoFault();
    if (flags.json) printJson(record);
    else print(`\n${formatRun(record, style, process.cwd())}`);
    process.exitCode = exitStatusOf(record);
  } finally {
    progress.done();
  }
}

const NO_SYMBOLS: DebugSymbols = { hasLines: false, lookedFor: [], otherBuilds: [] };

/** A debugger is of use without symbols, too. */
function orNoSymbols(progress: Progress, find: () => DebugSymbols): DebugSymbols {
  try {
    return find();
  } catch (error) {
    if (!(error instanceof LaneError)) throw error;
    progress.notice?.(`no symbols of the kernel: ${error.message}`);
    return NO_SYMBOLS;
  }
}

/** Says how to attach a debugger to a guest that waits for it. */
async function withDebugger(progress: Progress): Promise<LaneListener> {
  const { findDebugSymbols } = await import("../guests/debug-symbols.js");
  const { formatDebugger } = await import("../report/debugger-text.js");
  let planned: RunPlan;
  const tell = (kernel: string, port: number): void => {
    const { request, facts, columns } = planned;
    const { guest, file, folder } = columns.find((column) => column.kernel === kernel)!;
    const { image, root } = request;
    const symbols = orNoSymbols(progress, () =>
      findDebugSymbols({ family: guest, kernel: file, image, root, folder }),
    );
    const { name: hypervisor } = facts.hypervisor;
    for (const line of formatDebugger({ guest, hypervisor, port, ...symbols }))
      progress.notice?.(line);
  };
  return {
    ...progress,
    planned: (plan) => {
      planned = plan;
      progress.planned?.(plan);
    },
    running: (kernel, { machine }) =>
      void machine.debugPort?.then((port) => {
        if (port !== undefined) tell(kernel, port);
      }),
  };
}
