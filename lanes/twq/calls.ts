import { exec, exit, join, syscall, type Argument, type Step } from "../../src/protocol/steps.js";
import {
  dispatchConfig,
  DISPATCH_VERSION,
  FEATURES,
  INIT,
  initArgs,
  qosClass,
  REQTHREADS,
  reqthreadsArgs,
  SETUP_DISPATCH,
  SHOULD_NARROW,
  shouldNarrowArgs,
  SPI_VERSION,
  THREAD_ENTER,
  THREAD_RETURN,
  TWQ_KERNRETURN,
} from "./abi.js";

const UNKNOWN_OP = 9999;
/** What a kernel without the call answers. */
const WITHOUT = ["SIGSYS", "ENOSYS"] as const;

export type Calls = ReturnType<typeof callsOf>;

/**
 * The calls of a process as rows, of which the column with state is held to an answer.
 *
 * @param process begins the names of its rows
 */
export function callsOf(column: string, process: string) {
  const version = SPI_VERSION;
  const row = (
    call: string,
    args: readonly Argument[],
    answer: number | string,
    fork = false,
  ): Step => {
    const expect = { stock: WITHOUT, [column]: answer };
    return syscall({ name: `${process}: ${call}`, nr: TWQ_KERNRETURN, args, fork, expect });
  };
  return {
    init: () => row("INIT", [INIT, initArgs({ version }), initArgs.size, 0], FEATURES),
    setupDispatch: () => {
      const config = dispatchConfig({ version: DISPATCH_VERSION });
      return row("SETUP_DISPATCH", [SETUP_DISPATCH, config, dispatchConfig.size, 0], 0);
    },
    threadEnter: (priority: number) =>
      row(`THREAD_ENTER(${nameOf(priority)})`, [THREAD_ENTER, 0, priority, 0], 0),
    threadReturn: (priority: number) =>
      row(`THREAD_RETURN(${nameOf(priority)})`, [THREAD_RETURN, 0, priority, 0], 0),
    reqthreads: (priority: number, reqcount: number, answer: number) => {
      const request = reqthreadsArgs({ version, reqcount, priority });
      const args = [REQTHREADS, request, reqthreadsArgs.size, 0];
      return row(`REQTHREADS(${nameOf(priority)}, ${reqcount})`, args, answer);
    },
    shouldNarrow: (answer: number | string, { fork = false } = {}) => {
      const args = [SHOULD_NARROW, shouldNarrowArgs({ version }), shouldNarrowArgs.size, 0];
      return row(`SHOULD_NARROW${fork ? " of a child" : ""}`, args, answer, fork);
    },
    unknown: () => row(`${UNKNOWN_OP}`, [UNKNOWN_OP, 0, 0, 0], "EINVAL"),
    exec: () => exec({ name: `${process}: exec`, expect: "ok" }),
    join: (thread: string) => join(thread, { name: `${process}: join`, expect: "ok" }),
    exit: () => exit(0, { name: `${process}: exit`, expect: "exit 0" }),
  };
}

function nameOf(priority: number): string {
  const names = Object.keys(qosClass) as (keyof typeof qosClass)[];
  return names.find((name) => qosClass[name] === priority) ?? String(priority);
}
