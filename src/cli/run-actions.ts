/**
 * What `kernlane run` does, apart from its command line: loaded only when it is asked for.
 */
import { findDebugSymbols } from "../guests/debug-symbols.js";
import { formatDebugger } from "../report/debugger-text.js";
import { styleFor, wantsColours } from "../report/style.js";
import { formatRun } from "../report/terminal.js";
import type { ColumnPlan } from "../run/plan.js";
import { runLane, type LaneListener } from "../run/run-lane.js";
import { exitStatusOf } from "./exit-status.js";
import { catchInterrupts } from "./interrupts.js";
import { openProgress, type Progress } from "./progress.js";
import { requestFrom } from "./request-from.js";
import type { RunCommandFlags } from "./run.js";

export async function runAndTell(lane: string | undefined, flags: RunCommandFlags): Promise<void> {
  const request = await requestFrom(lane, flags);
  const output = flags.json ? process.stderr : process.stdout;
  const style = styleFor(wantsColours(output));
  const progress = openProgress(output, output.isTTY && process.env["TERM"] !== "dumb", style);
  using interrupts = catchInterrupts(() =>
    process.stderr.write("\ninterrupted: ending the guests; again to leave at once\n"),
  );
  try {
    const record = await runLane(request, {
      signal: interrupts.signal,
      listener: withDebugger(progress),
    });
    progress.done();
    if (flags.json) process.stdout.write(`${JSON.stringify(record, undefined, 2)}\n`);
    else process.stdout.write(`\n${formatRun(record, style, process.cwd())}`);
    process.exitCode = exitStatusOf(record);
  } finally {
    progress.done();
  }
}

/** Says how to debug a guest that waits for it. */
function withDebugger(progress: Progress): LaneListener {
  let columns: readonly ColumnPlan[] = [];
  const tell = (kernel: string, port: number): void => {
    const { guest, file } = columns.find((column) => column.kernel === kernel)!;
    for (const line of formatDebugger({ guest, port, ...findDebugSymbols(guest, file) }))
      progress.notice?.(line);
  };
  return {
    ...progress,
    planned: (plan) => {
      columns = plan.columns;
      progress.planned?.(plan);
    },
    running: (kernel, { machine }) =>
      void machine.debugPort?.then((port) => {
        if (port !== undefined) tell(kernel, port);
      }),
  };
}
