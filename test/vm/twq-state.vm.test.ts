/** What the lane twq-state asks a FreeBSD guest, asked of the stateful twin, whose answers have to be the same. */
import { expect, inject, test } from "vitest";
import { stateSteps } from "../../lanes/twq/state-steps.js";
import { runGuests } from "./guest-run.js";

test("the stateful twin passes the lane's steps, and the stock kernel has none of the calls", async () => {
  const run = await runGuests({
    steps: stateSteps({ family: "linux", column: "TWQSTATE", width: 2 }),
    lane: {
      kernels: { stock: inject("stockKernel"), TWQSTATE: inject("statefulKernel") },
      machine: { memory: "256M", cpus: 2 },
    },
  });
  expect(run.columns.map(({ verdict, evidence }) => [verdict, ...evidence])).toEqual([
    ["passed"],
    ["passed"],
  ]);
  const answers = run.transitions.filter(({ step }) => step.startsWith("sequence: "));
  expect(answers.slice(0, -1).map(({ columns }) => columns["TWQSTATE"])).toEqual([
    "= 17",
    "ok",
    "= 2",
    "ok",
    "ok",
    "ok",
    "ok",
    "= 1",
    "EINVAL",
    "exit 0",
  ]);
});
