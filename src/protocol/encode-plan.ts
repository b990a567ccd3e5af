import { flattenSteps } from "./flatten-steps.js";
import { limits } from "./limits.js";
import type { PlannedStep } from "./planned-step.js";
import { stepError } from "./step-check.js";
import type { Probe } from "./step.js";

/** `oneshot`: the steps are in the plan. `live`: they come over the channel, and the plan has none. */
export type Transport = "oneshot" | "live";

/** What the agent is told besides the steps; nothing of it is compiled in. */
export interface PlanHeader {
  /** Comes back in the hello frame, so that a plan left over from another run is noticed. Letters, digits, `.`, `-`, `_`. */
  readonly runId: string;
  readonly transport: Transport;
  /** Devices or paths of the guest in order of preference; `console` stands for the console. The first that opens is taken. */
  readonly channels: readonly string[];
  /** Where the lines for people go. Default: /dev/console as pid 1, else stdout. */
  readonly console?: string;
  /** For everything together, in the guest; 0 is without end. On expiry the agent says so and does what `atEnd` says. */
  readonly deadlineMs: number;
  readonly atEnd: "power-off" | "exit";
}

export interface EncodedPlan {
  /** The text that is staged beside the agent (docs/probe-protocol.md, "Plan"). */
  readonly text: string;
  readonly steps: readonly PlannedStep[];
}

/**
 * A probe as the agent reads it. Blocks are flattened: each line names its context and the steps that must be over before.
 *
 * @throws LaneError `plan-header-invalid`, `plan-too-long`, `step-result-unknown`, `step-line-too-long`
 */
export function encodePlan(probe: Probe, header: PlanHeader): EncodedPlan {
  const flattened = flattenSteps(probe);
  const lines = [...headerLines(header), "begin", ...flattened.lines, "end"];
  const text = lines.join("\n") + "\n";
  if (text.length >= limits.planBytes) {
    throw stepError("plan-too-long", "plan", `${text.length} bytes of plan text`, [
      `fewer than ${limits.planBytes}`,
      "repeat calls by count, or split the lane",
    ]);
  }
  return { text, steps: flattened.steps };
}

/** The plan of a live guest: the header alone. */
export function encodeLivePlan(header: Omit<PlanHeader, "transport">): string {
  return [...headerLines({ ...header, transport: "live" }), "begin", "end", ""].join("\n");
}

function headerLines(header: PlanHeader): string[] {
  const words = [header.runId, ...header.channels, header.console ?? "/dev/console"];
  const bad = words.find((word) => !/^[\x21-\x7e]{1,255}$/.test(word));
  if (bad !== undefined || header.channels.length === 0 || header.channels.length > 8) {
    throw stepError("plan-header-invalid", "plan", JSON.stringify(bad ?? header.channels), [
      "a run id, one to eight channels and a console without blanks",
    ]);
  }
  return [
    "kernlane-plan 1",
    `run-id ${header.runId}`,
    `transport ${header.transport}`,
    ...header.channels.map((channel) => `channel ${channel}`),
    ...(header.console === undefined ? [] : [`console ${header.console}`]),
    `deadline ${header.deadlineMs}`,
    `at-end ${header.atEnd}`,
  ];
}
