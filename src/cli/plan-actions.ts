/**
 * What `kernlane plan` does, apart from its command line: loaded only when it is asked for.
 */
import { formatPlan } from "../report/plan-text.js";
import { styleFor, wantsColours } from "../report/style.js";
import { findHostFacts } from "../run/host-facts.js";
import { planRun } from "../run/plan.js";
import type { RunFlags } from "./options.js";
import { requestFrom } from "./request-from.js";

export async function showPlan(lane: string | undefined, flags: RunFlags): Promise<void> {
  const request = await requestFrom(lane, flags);
  const plan = await planRun(request, await findHostFacts(request, false));
  process.stdout.write(formatPlan(plan, styleFor(wantsColours(process.stdout))));
}
