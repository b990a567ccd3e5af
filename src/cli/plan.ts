import { Command } from "commander";
import { addRunFlags, type RunFlags } from "./options.js";
import { print } from "./output.js";

export function planCommand(): Command {
  return addRunFlags(new Command("plan"))
    .description(
      "print everything that a run would do: kernels, files put into the guest, argv, budgets; touch nothing",
    )
    .action(printPlan);
}

export async function printPlan(lane: string | undefined, flags: RunFlags): Promise<void> {
  const { requestFrom } = await import("./request-from.js");
  const { findHostFacts } = await import("../run/host-facts.js");
  const { planRun } = await import("../run/plan.js");
  const { plannedSymbols } = await import("../run/column-symbols.js");
  const { formatPlan } = await import("../report/plan-text.js");
  const { styleFor, wantsColours } = await import("../report/style.js");
  const request = await requestFrom(lane, flags);
  const plan = await planRun(request, await findHostFacts(request, false));
  const symbols = [];
  for (const column of plan.columns) symbols.push(await plannedSymbols(column));
  print(formatPlan(plan, styleFor(wantsColours(process.stdout)), symbols));
}
