import { Command } from "commander";
import { addRunFlags, type RunFlags } from "./options.js";

export function planCommand(): Command {
  return addRunFlags(new Command("plan"))
    .description(
      "print everything that a run would do: kernels, files put into the guest, argv, budgets; touch nothing",
    )
    .action(async (lane: string | undefined, flags: RunFlags) => {
      const { showPlan } = await import("./plan-actions.js");
      await showPlan(lane, flags);
    });
}
