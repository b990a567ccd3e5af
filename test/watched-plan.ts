/** What `observeMachine` is told of a plan, of a guest for whom no budget ends within a test. */
const MINUTE_MS = 60_000;
const phasesMs = {
  ...{ stage: MINUTE_MS, load: MINUTE_MS, kernel: MINUTE_MS, rc: MINUTE_MS, probe: MINUTE_MS },
  "power-off": MINUTE_MS,
};

export const watchedPlan = {
  guest: "freebsd",
  probe: { text: "", steps: [] },
  runId: "a run",
  file: { path: "/k/kernel", identity: { label: "k" }, origin: "given" },
  budgets: { phasesMs, bootMs: MINUTE_MS, guestDeadlineMs: MINUTE_MS },
  machine: {} as never,
} as const;
