/** The model against the contract's table in kernel/linux/README.md, row by row. */
import { expect, test } from "vitest";
import {
  dispatchConfig,
  DISPATCH_VERSION,
  INIT,
  initArgs,
  OVERCOMMIT,
  qos,
  REQTHREADS,
  reqthreadsArgs,
  SETUP_DISPATCH,
  SHOULD_NARROW,
  shouldNarrowArgs,
  SPI_VERSION,
  THREAD_ENTER,
  THREAD_RETURN,
  THREAD_TRANSFER,
} from "./abi.js";
import type { TwqCall, TwqCommand } from "./command.js";
import { liveRecords, runModel, startState, type TwqAnswer } from "./model.js";
import { noCounts, parseTwqStats } from "./stats.js";

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

function request(priority: number, reqcount = 1, rest: Partial<TwqCall> = {}): TwqCall {
  const value = { version: SPI_VERSION, reqcount, priority };
  return call(REQTHREADS, {
    arg2: { structure: "reqthreadsArgs", value },
    arg3: reqthreadsArgs.size,
    ...rest,
  });
}

function narrow(priority: number, rest: Partial<TwqCall> = {}): TwqCall {
  const value = { version: SPI_VERSION, priority };
  return call(SHOULD_NARROW, {
    arg2: { structure: "shouldNarrowArgs", value },
    arg3: shouldNarrowArgs.size,
    ...rest,
  });
}

function dispatch(value: object = {}): TwqCall {
  const arg2 = {
    structure: "dispatchConfig",
    value: { version: DISPATCH_VERSION, ...value },
  } as const;
  return call(SETUP_DISPATCH, { arg2, arg3: dispatchConfig.size });
}

const enter = (priority: number, rest: Partial<TwqCall> = {}) =>
  call(THREAD_ENTER, { arg2: priority, ...rest });
const leave = (rest: Partial<TwqCall> = {}) => call(THREAD_RETURN, rest);
const over = qos.utility + OVERCOMMIT;

test.each([
  ["size", init({}, { arg3: 39 }), "EINVAL"],
  ["arg4", init({}, { arg4: 1 }), "EINVAL"],
  ["size before address", init({}, { arg2: 0, arg3: 0 }), "EINVAL"],
  ["address", init({}, { arg2: 0 }), "EFAULT"],
  ["version", init({ version: 1 }), "EINVAL"],
  ["flags", init({ flags: 1 }), "EINVAL"],
  ["reserved", init({ reserved: 1 }), "EINVAL"],
  ["feature", init({ requestedFeatures: 2, stackSize: 1 }), "ENOTSUP"],
  ["highest feature", init({ requestedFeatures: 0x8000_0000 }), "ENOTSUP"],
  ["no dispatch function", init({ requestedFeatures: 1 }), "EINVAL"],
  ["stack", init({ stackSize: 4097 }), "EINVAL"],
  ["guard", init({ guardSize: 2n ** 63n + 1n }), "EINVAL"],
  ["nothing wrong", init({ requestedFeatures: 1, dispatchFunc: 1, stackSize: 8192 }), 1],
  ["op behind high bits", init({}, { op: 2n ** 32n + 1n, arg3: 40n - 2n ** 32n }), 1],
  ["transfer", call(THREAD_TRANSFER), "ENOTSUP"],
  ["unknown", call(9999), "EINVAL"],
  ["two classes", enter(0x0300), "EINVAL"],
  ["overcommit alone", enter(OVERCOMMIT), "EINVAL"],
  ["argument of enter", enter(over, { arg3: 1 }), "EINVAL"],
  ["enter before init", enter(over), "ENXIO"],
  ["return before init", leave(), "ENXIO"],
  ["argument of return", leave({ arg2: 2n ** 32n }), "EINVAL"],
  ["nothing asked for", request(qos.utility, 0), "EINVAL"],
  ["too much asked for", request(qos.utility, 65), "EINVAL"],
  ["request before init", request(qos.utility), "ENXIO"],
  ["narrow before init", narrow(qos.utility), "ENXIO"],
  ["dispatch version", dispatch({ version: SPI_VERSION }), "EINVAL"],
  ["dispatch before init", dispatch(), "ENXIO"],
])("the first check that fails answers: %s", (_, command, answer) => {
  expect(answersOf(command)).toEqual([answer]);
});

test("a process is initialised once, and dispatch set once", () => {
  expect(answersOf(init(), init(), dispatch(), dispatch())).toEqual([1, "EBUSY", 0, "EBUSY"]);
});

test("a request is used up by the thread that enters, unless none is there and it overcommits", () => {
  expect(
    answersOf(
      ...[init(), enter(qos.utility), request(over, 2), request(qos.utility, 63)],
      ...[enter(over), enter(over), leave(), leave(), request(qos.utility, 63)],
    ),
  ).toEqual([1, "EAGAIN", 2, "EAGAIN", 1, "EBUSY", 0, "ESRCH", 64]);
});

test("a thread should narrow when more run at its level than there are processors", () => {
  const [t1, t2] = [{ thread: "t1" }, { thread: "t2" }];
  expect(
    answersOf(
      ...[init(), narrow(qos.utility), enter(over), enter(over, t1), narrow(qos.utility)],
      ...[enter(qos.background + OVERCOMMIT, t2), narrow(qos.utility), narrow(qos.background)],
      narrow(qos.background + OVERCOMMIT),
    ),
  ).toEqual([1, "ESRCH", 1, 2, 0, 1, 0, 1, 0]);
});

test("a thread should narrow when all processors are taken and someone above it waits", () => {
  const t1 = { thread: "t1" };
  expect(
    answersOf(
      ...[init(), request(qos.default), enter(over), narrow(qos.utility)],
      ...[enter(over, t1), narrow(qos.utility), narrow(qos.default)],
    ),
  ).toEqual([1, 1, 1, 0, 2, 1, 0]);
});

test("what ends takes its state along, and nothing of another process", () => {
  const [t1, b] = [{ thread: "t1" }, { process: "b" }];
  const { answers, state } = run(
    ...[init(), init({}, b), enter(over), enter(over, t1), enter(over, b)],
    { kind: "exit-thread", process: "a", thread: "t1" },
    enter(over, t1),
    { kind: "exec", process: "a" },
    ...[leave(), leave(b), init()],
    { kind: "kill", process: "a" },
  );
  expect(answers.slice(6)).toEqual([2, undefined, "ENXIO", 0, 1, undefined]);
  expect(liveRecords(state.counters)).toEqual({ processes: 1, threads: 0 });
  expect(state.counters).toMatchObject({
    proc_alloc: 3,
    thread_alloc: 4,
    thread_free: 4,
    return: 1,
  });
});

test("a forked child has nothing of its parent, and leaves nothing", () => {
  const forked = { forked: true };
  const { answers, state } = run(init({}, forked), init(), enter(over, forked), init({}, forked));
  expect(answers).toEqual([1, 1, "ENXIO", 1]);
  expect(liveRecords(state.counters)).toEqual({ processes: 1, threads: 0 });
  expect(state.counters.init).toBe(3);
});

test("reads the kernel's counters, and says which is missing", () => {
  const text =
    "width 2\n" +
    Object.keys(noCounts)
      .map((name, at) => `${name} ${at}\n`)
      .join("");
  expect(parseTwqStats(text)).toMatchObject({ width: 2, counters: { init: 0, thread_free: 9 } });
  expect(() => parseTwqStats(text.replace("narrow 4\n", ""))).toThrow('no line "narrow N"');
});
