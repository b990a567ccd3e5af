/**
 * Which steps are under way, kept so that a report can name them.
 *
 * The order of the console is what counts in a one-shot run: the agent names each step there before it begins, and a kernel's
 * report of that step comes behind it, while the reply on the other channel may be read before the report.
 */

/** What the guest was doing when something began. */
export interface During {
  /** Names, each with its context unless that is `main`; more than one where processes or threads run side by side. */
  readonly steps: readonly string[];
  /** The step that began before those. */
  readonly previous: string | null;
}

export interface TrailStep {
  readonly id: number;
  readonly name: string;
  readonly context: string;
}

export interface StepTrail {
  /** A step begins, and those before it in its context are over. */
  begun(step: TrailStep): void;
  answered(id: number): void;
  /** The agent has carried out everything. */
  ended(): void;
  now(): During;
}

/** Steps that run side by side are few; what a guest claims beyond that is forgotten. */
const MAX_CONTEXTS = 64;
const MAX_NAMED = 8;

/**
 * @param replyEnds whether a step is over once its reply came: true of a live guest, whose requests are known when they are sent.
 *   Otherwise the last step is under way until the next begins.
 */
export function openStepTrail(replyEnds: boolean): StepTrail {
  /** By context, in the order in which they began. */
  const last = new Map<string, TrailStep & { isAnswered: boolean }>();
  /** The last two that began, for when none is under way. */
  let recent: readonly TrailStep[] = [];
  return {
    begun(step) {
      last.delete(step.context);
      if (last.size < MAX_CONTEXTS) last.set(step.context, { ...step, isAnswered: false });
      recent = [...recent.slice(-MAX_NAMED), step];
    },
    answered(id) {
      for (const step of last.values()) if (step.id === id) step.isAnswered = true;
    },
    ended: () => last.clear(),
    now() {
      const all = [...last.values()];
      const open = all.filter((step) => !step.isAnswered);
      const underWay = open.length > 0 || replyEnds ? open : all.slice(-1);
      const previous = recent.findLast(({ id }) => !underWay.some((step) => step.id === id));
      return {
        steps: underWay.slice(-MAX_NAMED).map(nameInContext),
        previous: previous === undefined ? null : nameInContext(previous),
      };
    },
  };
}

export function nameInContext({ name, context }: Omit<TrailStep, "id">): string {
  return context === "main" ? name : `${name} in ${context}`;
}

const ANNOUNCED = /^kernlane: step (\d{1,10}) /;
const ENDED = /^kernlane: end \(/;

/** Reads a line of the console: the agent says there what it begins, and when it is done. */
export function followConsole(trail: StepTrail, line: string, steps: readonly TrailStep[]): void {
  const id = ANNOUNCED.exec(line)?.[1];
  const step = id === undefined ? undefined : steps.find((one) => one.id === Number(id));
  if (step) trail.begun(step);
  else if (ENDED.test(line)) trail.ended();
}
