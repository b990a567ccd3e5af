/**
 * The probe of a kernel whose `twq_kernreturn` has state (kernel/linux/README.md has the contract): calls of one process after
 * another, since each answer depends on those before, and the ends of processes and threads.
 */
import type { GuestFamily } from "../../src/base/family.js";
import { counters, kill, process, sysctl, thread, type Step } from "../../src/protocol/steps.js";
import { qosClass } from "./abi.js";
import { callsOf, type Calls } from "./calls.js";
import { counterSources } from "./stats.js";

const HIGH = qosClass.userInteractive;
const SIGKILL = 9;
const LONGEST = 2 ** 31 - 1;

export interface StateGuest {
  readonly family: GuestFamily;
  /** Of the kernel that has state. */
  readonly column: string;
  /** Processors, which admission goes by. */
  readonly width: number;
}

/** @example stateSteps({ family: "freebsd", column: "TWQSTATE", width: 2 }) */
export function stateSteps({ family, column, width }: StateGuest): readonly Step[] {
  const source = counterSources[family];
  const cases = [sequence(width), idle(width), busy(width), ends];
  return [
    ...(family === "freebsd" ? settings(column) : []),
    ...cases.map(({ name, processes, after = [], counted }) => {
      const blocks = Object.entries(processes).map(([context, stepsWith]) =>
        process(context, stepsWith(callsOf(column, context))),
      );
      return counters(source, {
        name: `${name}: counters`,
        steps: [...blocks, ...after],
        expect: { [column]: counted },
      });
    }),
  ];
}

/**
 * A kernel without the call says ENOSYS instead of ending the process, and so goes through all rows. A thread that has entered and
 * waits for its next step goes on being busy, also on a kernel that sees it block.
 */
function settings(column: string): readonly Step[] {
  return [
    sysctl.set("kern.signosys", 0, { expect: { [column]: /→ 0$/ } }),
    sysctl.set("kern.twq.busy_window_usecs", LONGEST, { expect: { [column]: / → / } }),
  ];
}

/** Steps of processes, by their names, and what the kernel counts meanwhile. */
interface Case {
  readonly name: string;
  readonly processes: Readonly<Record<string, (twq: Calls) => readonly Step[]>>;
  readonly after?: readonly Step[];
  readonly counted: readonly (string | Readonly<Record<string, number>>)[];
}

/** One process, from its announcement to a request that it takes back. */
function sequence(width: number): Case {
  const admitted = Math.min(2, width);
  return {
    name: "sequence",
    processes: {
      sequence: (twq) => [
        twq.init(),
        twq.setupDispatch(),
        twq.reqthreads(0, 2, admitted),
        twq.shouldNarrow(0),
        twq.threadReturn(0),
        twq.shouldNarrow(0),
        twq.reqthreads(0, 0, 0),
        twq.shouldNarrow(1),
        twq.unknown(),
        twq.exit(),
      ],
    },
    counted: [
      // A guest of another size says so, and not only by other answers.
      `value(width) == ${width}`,
      {
        ...{ init_count: 1, setup_dispatch_count: 1, reqthreads_count: 2, thread_return_count: 1 },
        ...{ should_narrow_count: 3, should_narrow_true_count: 1, thread_enter_count: 0 },
        ...{ "bucket_req_total[3]": 2, "bucket_admit_total[3]": admitted },
        ...{ "bucket_thread_return_total[3]": 1, "bucket_total_current[3]": 0 },
        ...records(1, 1),
      },
    ],
  };
}

/** An idle thread of a higher class leaves the default one all processors. */
function idle(width: number): Case {
  const admitted = Math.min(4, width);
  return {
    name: "idle",
    processes: {
      idle: (twq) => [
        twq.init(),
        twq.reqthreads(HIGH, 1, 1),
        twq.threadReturn(HIGH),
        twq.reqthreads(qosClass.default, 4, admitted),
        twq.exit(),
      ],
    },
    counted: [
      {
        ...{ init_count: 1, reqthreads_count: 2, thread_return_count: 1 },
        ...{ "bucket_req_total[5]": 1, "bucket_admit_total[5]": 1 },
        ...{ "bucket_req_total[3]": 4, "bucket_admit_total[3]": admitted },
        "bucket_thread_return_total[5]": 1,
        ...records(1, 1),
      },
    ],
  };
}

/** One that has entered, and sleeps, takes a processor away. */
function busy(width: number): Case {
  const admitted = Math.min(4, width - 1);
  return {
    name: "busy",
    processes: {
      busy: (twq) => [
        twq.init(),
        thread("helper", [twq.threadEnter(HIGH)]),
        twq.reqthreads(qosClass.default, 4, admitted),
        twq.exit(),
      ],
    },
    counted: [
      {
        ...{ init_count: 1, reqthreads_count: 1, thread_enter_count: 1 },
        ...{ "bucket_req_total[3]": 4, "bucket_admit_total[3]": admitted },
        "bucket_thread_enter_total[5]": 1,
        ...records(1, 1),
      },
    ],
  };
}

/** State ends with what it belongs to, and a child has none of its parent's. */
const ends: Case = {
  name: "ends",
  processes: {
    threads: (twq) => [
      twq.init(),
      thread("ends", [twq.threadEnter(0), twq.exit()]),
      twq.join("ends"),
      twq.shouldNarrow(0),
      twq.exit(),
    ],
    forks: (twq) => [
      twq.init(),
      twq.threadEnter(0),
      twq.shouldNarrow("ENXIO", { fork: true }),
      twq.shouldNarrow(1),
      twq.exit(),
    ],
    execs: (twq) => [
      twq.init(),
      twq.threadEnter(0),
      twq.exec(),
      twq.shouldNarrow("ENXIO"),
      twq.exit(),
    ],
    killed: (twq) => [twq.init(), twq.threadEnter(0)],
  },
  after: [kill("killed", SIGKILL, { name: "killed: SIGKILL", expect: "ok" })],
  counted: [{ init_count: 4, thread_enter_count: 4, should_narrow_count: 2, ...records(4, 4) }],
};

/** As many made as dropped. */
function records(processes: number, threads: number) {
  return {
    ...{ proc_alloc_count: processes, proc_free_count: processes },
    ...{ thread_state_alloc_count: threads, thread_state_free_count: threads },
  };
}
