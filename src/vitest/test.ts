/**
 * Vitest's `test` with a guest.
 */
import { afterAll, test as vitestTest, TestRunner, type TestAPI, type TestContext } from "vitest";
import { LaneError } from "../base/errors.js";
import "./show-errors.js";
import type { LiveGuest } from "../live/guest/live-guest.js";
import { loadConfig, selectLane } from "../lane/config.js";
import type { LaneConfig } from "../lane/lane.js";
import { afterFile, afterTest, afterWorker } from "./after-test.js";
import { closedGate } from "./gate.js";
import { guestFor, type GuestKey, type Use } from "./guest-pool.js";
import { giveGuest, guestOfTest, type GuestOfTest } from "./guest-of-test.js";
import { checkUseOptions, type UseOptions } from "./use-options.js";

export interface GuestFixtures {
  /** The guest that `test.use` asked for, booted and alive. */
  readonly guest: LiveGuest;
  /** Its lane, as the config has it. */
  readonly lane: LaneConfig;
}

export interface GuestTest extends TestAPI<GuestFixtures> {
  /**
   * Says which guest the tests of this file have: once, at the top of the file. It is booted before the first of them, outside of the
   * test's own time, and a test that ends it leaves a fresh one to the next.
   *
   * @throws LaneError `use-nested` in a suite, in a test, or the second time in a file; `use-option-unknown`, `use-scope-unknown`
   *   (usage)
   * @example test.use({ lane: "twq", kernel: "TWQDEBUG" })
   */
  use(options: UseOptions): void;
}

/** Held in the name of a worker: its fixture is let go when the worker ends. */
const KEEPER = Symbol("the worker's guests");

const extended = vitestTest.extend<GuestFixtures & { readonly workerGuests: typeof KEEPER }>({
  workerGuests: [
    // Vitest reads the names of what a fixture needs from this pattern.
    async ({}, use) => {
      await use(KEEPER);
      await afterWorker();
    },
    { scope: "worker" },
  ],
  guest: async ({ task }, use) => use(given(task).guest),
  lane: async ({ task }, use) => use(given(task).lane),
});

const filesWithUse = new WeakSet();

export const test: GuestTest = Object.assign(extended as unknown as TestAPI<GuestFixtures>, {
  use,
});

function use(options: UseOptions): void {
  checkUseOptions(options);
  const file = fileAtTop();
  const { scope = "file" } = options;
  const key: GuestKey = scope === "worker" ? { options } : { file };
  const mine: Use = { options: { ...options, scope }, key };
  filesWithUse.add(file);
  // What takes long in here has deadlines of its own.
  const noTimeout = 0;
  extended.beforeEach(async ({ task, skip, workerGuests }) => {
    // A test of Vitest's own, without fixtures of ours.
    if (workerGuests !== KEEPER) return;
    const lane = await laneOf(options);
    const why = closedGate(options.gate ?? lane.gate ?? true);
    if (why !== undefined) {
      sayOnce(`skipped: ${why}`);
      skip(why);
    }
    giveGuest(task, await guestFor(mine), lane);
  }, noTimeout);
  extended.afterEach(({ task }) => afterTest(task, mine), noTimeout);
  afterAll(() => afterFile(mine), noTimeout);
}

const said = new Set<string>();

/** Vitest's usual output only counts what was skipped. */
function sayOnce(sentence: string): void {
  if (said.has(sentence)) return;
  said.add(sentence);
  process.stderr.write(`${sentence}\n`);
}

async function laneOf({ lane, config }: UseOptions): Promise<LaneConfig> {
  if (typeof lane === "object") return lane;
  return selectLane(await loadConfig(config), lane).lane;
}

/** @throws LaneError `use-nested` (usage) */
function fileAtTop(): object {
  const running = TestRunner.getCurrentTest<TestContext["task"] | undefined>();
  if (running) throw nested(`inside the test "${running.name}"`);
  const { suite, file } = TestRunner.getCurrentSuite();
  if (suite && suite !== suite.file) throw nested(`inside the suite "${suite.name}"`);
  if (filesWithUse.has(file)) throw nested("a second time in one file");
  return file;
}

function nested(where: string): LaneError {
  return new LaneError(
    "use-nested",
    `test.use: found ${where}, expected once at the top of a file: its tests share one guest`,
  );
}

/** @throws LaneError `use-missing` (usage) */
function given(task: TestContext["task"]): GuestOfTest {
  const given = guestOfTest(task);
  if (given) return given;
  throw new LaneError("use-missing", "this test wants a guest, and nothing says which");
}
