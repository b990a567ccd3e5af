/** The model against the contract's table in kernel/linux/README.md, row by row. */
import { expect, test } from "vitest";
import {
  ARGS_VERSION,
  dispatchConfig,
  DISPATCH_VERSION,
  INIT,
  initArgs,
  OVERCOMMIT,
  qos,
  qosClass,
  REQTHREADS,
  reqthreadsArgs,
  SETUP_DISPATCH,
  SHOULD_NARROW,
  shouldNarrowArgs,
  SPI_VERSION,
  THREAD_ENTER,
  THREAD_RETURN,
  THREAD_TRANSFER,
  threadTransferArgs,
} from "./abi.js";
import type { TwqCall, TwqCommand } from "./command.js";
import { liveRecords, runModel, startState, type TwqAnswer } from "./model.js";
import { noCounts } from "./stats.js";

const start = startState({ width: 2, counters: noCounts });

function run(...commands: readonly TwqCommand[]) {
  return runModel(start, commands);
}

function answersOf(...commands: readonly TwqCommand[]): readonly TwqAnswer[] {
  return run(...commands).answers;
}

function call(op: number | bigint, rest: Partial<TwqCall> = {}): TwqCall {
  const caller = { process: "a", thread: "main", forked: false };
  return { kind: "call", ...caller, op, arg2: 0, arg3: 0, arg4: 0, ...rest };
}

function init(value: object = {}, rest: Partial<TwqCall> = {}): TwqCall {
  const arg2 = { structure: "initArgs", value: { version: SPI_VERSION, ...value } } as const;
  return call(INIT, { arg2, arg3: initArgs.size, ...rest });
}

function request(priority: number | bigint, reqcount = 1, more: object = {}): TwqCall {
  const value = { version: SPI_VERSION, reqcount, priority, ...more };
  const arg2 = { structure: "reqthreadsArgs", value } as const;
  return call(REQTHREADS, { arg2, arg3: reqthreadsArgs.size });
}

function narrow(priority: number, more: object = {}): TwqCall {
  const value = { version: SPI_VERSION, priority, ...more };
  const arg2 = { structure: "shouldNarrowArgs", value } as const;
  return call(SHOULD_NARROW, { arg2, arg3: shouldNarrowArgs.size });
}

function transfer(fromPriority: number, toPriority: number, more: object = {}): TwqCall {
  const value = { version: SPI_VERSION, fromPriority, toPriority, ...more };
  const arg2 = { structure: "threadTransferArgs", value } as const;
  return call(THREAD_TRANSFER, { arg2, arg3: threadTransferArgs.size });
}

function dispatch(value: object = {}): TwqCall {
  const content = { version: DISPATCH_VERSION, ...value };
  const arg2 = { structure: "dispatchConfig", value: content } as const;
  return call(SETUP_DISPATCH, { arg2, arg3: dispatchConfig.size });
}

const enter = (priority: number, rest: Partial<TwqCall> = {}) =>
  call(THREAD_ENTER, { arg3: priority, ...rest });
const leave = (priority = 0, rest: Partial<TwqCall> = {}) =>
  call(THREAD_RETURN, { arg3: priority, ...rest });
const [t1, t2] = [{ thread: "t1" }, { thread: "t2" }];
const high = qos.userInteractive;

test("the sequence of one process", () => {
  expect(
    answersOf(
      ...[init(), dispatch(), request(0, 2), narrow(0), leave()],
      ...[narrow(0), request(0, 0), narrow(0), call(9999)],
    ),
  ).toEqual([17, 0, 2, 0, 0, 0, 0, 1, "EINVAL"]);
});

test("pressure of an idle thread above is none", () => {
  expect(answersOf(init(), request(high, 1), leave(high), request(0, 4))).toEqual([17, 1, 0, 2]);
});

test("pressure of a busy thread above takes a processor", () => {
  expect(answersOf(init(), enter(high, t1), request(0, 4))).toEqual([17, 0, 1]);
});

test.each([
  ["size", init({}, { arg3: 39 }), "EINVAL"],
  ["arg4", init({}, { arg4: 1 }), "EINVAL"],
  ["size before address", init({}, { arg2: 0, arg3: 0 }), "EINVAL"],
  ["address", init({}, { arg2: 0 }), "EFAULT"],
  ["version", init({ version: ARGS_VERSION }), "EINVAL"],
  ["flags", init({ flags: 1 }), "EINVAL"],
  ["reserved", init({ reserved: 1 }), "EINVAL"],
  ["no dispatch function", init({ requestedFeatures: 1 }), "EINVAL"],
  ["stack", init({ stackSize: 4097 }), "EINVAL"],
  ["guard", init({ guardSize: 2n ** 63n + 1n }), "EINVAL"],
  ["all features", init(), 0x11],
  ["an unknown feature", init({ requestedFeatures: 0x8000_0002 }), 0],
  ["one known, one not", init({ requestedFeatures: 0x12 }), 0x10],
  ["dispatch function", init({ requestedFeatures: 1, dispatchFunc: 1, stackSize: 8192 }), 1],
  ["op behind high bits", init({}, { op: 2n ** 32n + 1n, arg3: 40n - 2n ** 32n }), 17],
  ["unknown", call(9999), "EINVAL"],
  ["address of enter", enter(0, { arg2: 2n ** 32n }), "EINVAL"],
  ["argument of enter", enter(0, { arg4: 1 }), "EINVAL"],
  ["two classes", enter(0x0300), "EINVAL"],
  ["enter before init", enter(qos.utility), "ENXIO"],
  ["argument of return", leave(0, { arg4: -1 }), "EINVAL"],
  ["priority of return", leave(0x4000), "EINVAL"],
  ["return before init", leave(), "ENXIO"],
  ["version of a request", request(0, 1, { version: 2 }), "EINVAL"],
  ["a request of 64 bits", request(2n ** 32n), "EINVAL"],
  ["request before init", request(qos.utility, 0), "ENXIO"],
  ["reserved of narrow", narrow(0, { reserved1: 1 }), "EINVAL"],
  ["narrow before init", narrow(qos.utility, { version: ARGS_VERSION }), "ENXIO"],
  ["transfer to the same bucket", transfer(qos.utility, qosClass.utility), "EINVAL"],
  ["transfer from no class", transfer(0x2200, 0), "EINVAL"],
  ["flags of transfer", transfer(qos.utility, 0, { flags: 1 }), "EINVAL"],
  ["transfer before init", transfer(qos.utility, 0), "ENXIO"],
  ["dispatch version", dispatch({ version: SPI_VERSION }), "EINVAL"],
  ["dispatch before init", dispatch(), "ENXIO"],
])("the first check that fails answers: %s", (_, command, answer) => {
  expect(answersOf(command)).toEqual([answer]);
});

test("a process is initialised once, and dispatch set once", () => {
  expect(answersOf(init(), init(), dispatch(), dispatch())).toEqual([17, "EBUSY", 0, "EBUSY"]);
});

test("a thread enters once, until it has returned", () => {
  const { answers, state } = run(init(), enter(high), enter(0), leave(), enter(0), enter(0));
  expect(answers).toEqual([17, 0, "EBUSY", 0, 0, "EBUSY"]);
  expect(state.counters).toMatchObject({
    thread_enter_count: 2,
    thread_state_alloc_count: 1,
    "bucket_thread_enter_total[3]": 1,
    "bucket_thread_return_total[5]": 1,
    "bucket_total_current[3]": 1,
    "bucket_idle_current[5]": 0,
  });
});

test("an idle thread is of the bucket that it returned to, or stays in its own", () => {
  const { state } = run(init(), leave(), leave(qos.utility, t1), leave(0, t1), leave(high, t2));
  expect(state.counters).toMatchObject({
    "bucket_idle_current[3]": 1,
    "bucket_idle_current[2]": 1,
    "bucket_idle_current[5]": 1,
    "bucket_thread_return_total[2]": 2,
    thread_state_alloc_count: 3,
  });
});

test("a request replaces the last one, and what is there already is not admitted again", () => {
  const overcommit = qos.default + OVERCOMMIT;
  const { answers, state } = run(
    ...[init(), request(0, 100_000), request(overcommit, 100_000), enter(0)],
    ...[request(0, 2), request(overcommit, 3), request(0, 0)],
  );
  expect(answers).toEqual([17, 2, 4, 0, 1, 2, 0]);
  expect(state.counters).toMatchObject({
    "bucket_req_total[3]": 2 * 65535 + 5,
    "bucket_admit_total[3]": 9,
    reqthreads_count: 5,
  });
});

test("a bucket narrows when it has more than what was asked for and is left by busy threads above", () => {
  const overcommit = qos.utility + OVERCOMMIT;
  const { answers, state } = run(
    ...[init(), request(qos.utility, 2), leave(qos.utility), enter(qos.utility, t1)],
    ...[narrow(qos.utility), enter(high, t2), narrow(qos.utility), narrow(overcommit)],
    ...[leave(0, t2), narrow(qos.utility)],
  );
  expect(answers).toEqual([17, 2, 0, 0, 0, 0, 1, 0, 0, 0]);
  expect(state.counters).toMatchObject({ should_narrow_count: 4, should_narrow_true_count: 1 });
});

test("a busy thread is transferred, and asks for others in its place", () => {
  const { answers, state } = run(
    ...[init(), transfer(0, high), leave(), transfer(0, high), enter(qos.utility)],
    ...[transfer(0, high), transfer(qos.utility, high, { fromReqcount: 1 })],
    ...[enter(qos.utility, t1), narrow(qos.utility), leave(qos.utility, t2), narrow(qos.utility)],
  );
  expect(answers).toEqual([17, "ESRCH", 0, "ESRCH", 0, "ESRCH", 0, 0, 0, 0, 1]);
  expect(state.counters).toMatchObject({
    thread_transfer_count: 1,
    "bucket_total_current[5]": 1,
    "bucket_total_current[2]": 2,
    "bucket_req_total[2]": 0,
  });
});

test("what ends takes its state along, and nothing of another process", () => {
  const b = { process: "b" };
  const { answers, state } = run(
    ...[init(), init({}, b), enter(0), leave(0, t1), enter(0, b)],
    { kind: "exit-thread", process: "a", thread: "t1" },
    enter(0, t1),
    { kind: "exec", process: "a" },
    ...[leave(), leave(0, b), init()],
    { kind: "kill", process: "a" },
  );
  expect(answers.slice(6)).toEqual([0, undefined, "ENXIO", 0, 17, undefined]);
  expect(liveRecords(state.counters)).toEqual({ processes: 1, threads: 1 });
  expect(state.counters).toMatchObject({
    proc_alloc_count: 3,
    thread_state_alloc_count: 4,
    thread_state_free_count: 3,
    "bucket_total_current[3]": 1,
    "bucket_idle_current[3]": 1,
  });
});

test("a forked child has nothing of its parent, and leaves nothing", () => {
  const forked = { forked: true };
  const { answers, state } = run(init({}, forked), init(), enter(0, forked), init({}, forked));
  expect(answers).toEqual([17, 17, "ENXIO", 17]);
  expect(liveRecords(state.counters)).toEqual({ processes: 1, threads: 0 });
  expect(state.counters.init_count).toBe(3);
});
