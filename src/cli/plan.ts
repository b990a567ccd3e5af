import { Command } from "commander";
import { styleFor, wantsColours } from "../report/style.js";
import { formatPlan } from "../report/plan-text.js";
import { findHostFacts } from "../run/host-facts.js";
import { planRun } from "../run/plan.js";
import { addRunFlags, requestFrom, type RunFlags } from "./options.js";

export function planCommand(): Command {
  return addRunFlags(new Command("plan"))
    .description(
      "print everything that a run would do: kernels, files put into the guest, argv, budgets; touch nothing",
    )
    .action(showPlan);
}

export async function showPlan(lane: string | undefined, flags: RunFlags): Promise<void> {
  const request = await requestFrom(lane, flags);
  const plan = await planRun(request, await findHostFacts(request, false));
  process.stdout.write(formatPlan(plan, styleFor(wantsColours(process.stdout))));
}
