/**
 * Random sequences of commands for `twq_kernreturn`, as plain data: fast-check shrinks an array of records well, and
 * `print-as-test.ts` can print what is left. Most of what is made is right, so that sequences get deep into the state; the
 * rest is wrong in one place.
 */
import fc from "fast-check";
import {
  ARGS_VERSION,
  DISPATCH_VERSION,
  FEATURE_DISPATCHFUNC,
  FEATURE_MAINTENANCE,
  INIT,
  OVERCOMMIT,
  qos,
  qosClass,
  REQTHREADS,
  SETUP_DISPATCH,
  SHOULD_NARROW,
  SPI_VERSION,
  THREAD_ENTER,
  THREAD_RETURN,
  THREAD_TRANSFER,
} from "../../lanes/twq/abi.js";
import {
  structures,
  type PassedStructure,
  type TwqCall,
  type TwqCommand,
} from "../../lanes/twq/command.js";

type Register = number | bigint;
type Weighted<T> = readonly [weight: number, value: T];

/** What shrinking prefers comes first. */
function pick<T>(...options: readonly Weighted<T>[]): fc.Arbitrary<T> {
  return fc.oneof(
    { withCrossShrink: true },
    ...options.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) })),
  );
}

function mostly<T>(usual: fc.Arbitrary<T>, ...rare: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 30, arbitrary: usual },
    { weight: 1, arbitrary: fc.constantFrom(...rare) },
  );
}

const process = pick([9, "a"], [1, "b"]);
const thread = pick([3, "main"], [3, "t1"], [1, "t2"], [1, "t3"]);
const forked = pick([20, false], [1, true]);

/** Addresses where no program has memory: nothing, the kernel's, and none at all. */
const nowhere = [0, 1, 0xffff_8000_0000_0000n, 0xdead_0000_0000_0000n] as const;

/** Only the low 32 bits of these registers count: the same number, and others, behind bits that do not. */
function intRegister(value: number, ...others: readonly number[]): fc.Arbitrary<Register> {
  return mostly<Register>(
    fc.constant(value),
    BigInt(value) + 2n ** 32n,
    BigInt(value) - 2n ** 40n,
    2n ** 63n + BigInt(value) + 1n,
    ...others,
  );
}

/** Bits of such a register that do not count. */
const ignored = mostly(fc.constant(0n), 2n ** 32n, -(2n ** 40n), 2n ** 63n);

/** Which class is asked about matters most where few are above it and many are not. */
const named = fc.oneof(
  { weight: 4, arbitrary: fc.constant(qos.maintenance) },
  { weight: 3, arbitrary: fc.constantFrom(...Object.values(qos)) },
  { weight: 1, arbitrary: fc.constantFrom(...Object.values(qosClass), 0) },
);

/** Each of these bits changes what a priority says, if it says anything. */
const unknown = [0x0300, 0x0600, 0x2200, 0x4000, 0x8000, 0x01_0000, 0x80_0100, 0x0100_0100];
const beyond = [0x0001_0000_0000n + 0x0100n, 2n ** 63n + 0x2000n, 2n ** 64n - 1n];

const priority32 = mostly<number>(
  fc
    .tuple(named, pick([4, 0], [1, OVERCOMMIT]), pick([9, 0], [1, 0x7f], [1, 0xff]))
    .map(([bits, overcommit, relative]) => bits + overcommit + relative),
  ...unknown,
);
const priority64 = mostly<Register>(priority32, ...beyond);

const features = pick(
  [20, {}],
  [1, { requestedFeatures: FEATURE_MAINTENANCE }],
  [1, { requestedFeatures: FEATURE_DISPATCHFUNC }],
  [1, { requestedFeatures: FEATURE_DISPATCHFUNC, dispatchFunc: 0x40_1000n }],
  [1, { requestedFeatures: 0x8000_0011, dispatchFunc: 1n }],
  [1, { requestedFeatures: 2 }],
);

const init = fc
  .tuple(
    withDeviations({ version: SPI_VERSION }, [
      { version: 0 },
      { version: ARGS_VERSION },
      { flags: 1 },
      { reserved: 0x8000_0000 },
      { dispatchFunc: 5n },
      { stackSize: 4096n, guardSize: 2n ** 63n },
      { stackSize: 4095n },
      { guardSize: 1n },
    ]),
    features,
  )
  .map(([value, requested]): PassedStructure => ({
    structure: "initArgs",
    value: { ...value, ...requested },
  }));

const rightInit: TwqCommand = {
  ...{ kind: "call", process: "a", thread: "main", forked: false, op: INIT },
  ...{ arg2: { structure: "initArgs", value: { version: SPI_VERSION } } },
  ...{ arg3: structures.initArgs.size, arg4: 0 },
};

const reqcount = pick([4, 1], [4, 2], [2, 4], [2, 0], [1, 65535], [1, 65536], [1, 2 ** 32 - 1]);
const deviations = [{ version: ARGS_VERSION }, { version: 2 }, { version: 0 }, { flags: 1 }];

const reqthreads = fc
  .tuple(
    withDeviations({ version: SPI_VERSION }, [...deviations, { reserved: 1 }]),
    reqcount,
    priority64,
  )
  .map(([value, count, priority]): PassedStructure => ({
    structure: "reqthreadsArgs",
    value: { ...value, reqcount: count, priority },
  }));

const shouldNarrow = fc
  .tuple(
    withDeviations({ version: SPI_VERSION }, [...deviations, { reserved0: 1 }, { reserved1: 1 }]),
    priority64,
  )
  .map(([value, priority]): PassedStructure => ({
    structure: "shouldNarrowArgs",
    value: { ...value, priority },
  }));

const transfer = fc
  .tuple(
    withDeviations({ version: SPI_VERSION }, [...deviations, { reserved: 1 }]),
    reqcount,
    priority64,
    priority64,
  )
  .map(([value, fromReqcount, fromPriority, toPriority]): PassedStructure => ({
    structure: "threadTransferArgs",
    value: { ...value, fromReqcount, fromPriority, toPriority },
  }));

const dispatch = withDeviations({ version: DISPATCH_VERSION, queueSerialnoOffs: 0x20n }, [
  { version: 1 },
  { flags: 1 },
  { queueLabelOffs: 2n ** 64n - 1n },
]).map((value): PassedStructure => ({ structure: "dispatchConfig", value }));

const stays = fc.constant(0);

const call = fc.oneof(
  { weight: 5, arbitrary: structureCall(INIT, init) },
  { weight: 9, arbitrary: plainCall(THREAD_ENTER, priority32) },
  { weight: 5, arbitrary: plainCall(THREAD_RETURN, fc.oneof(stays, priority32)) },
  { weight: 7, arbitrary: structureCall(THREAD_TRANSFER, transfer) },
  { weight: 7, arbitrary: structureCall(REQTHREADS, reqthreads) },
  { weight: 8, arbitrary: structureCall(SHOULD_NARROW, shouldNarrow) },
  { weight: 2, arbitrary: structureCall(SETUP_DISPATCH, dispatch) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(0, 3, 0x10, 0x403, 9999, -1)
      .chain((op) => plainCall(op, priority32)),
  },
);

const command: fc.Arbitrary<TwqCommand> = fc.oneof(
  { weight: 30, arbitrary: call },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("exit-thread" as const),
      process,
      thread: fc.constantFrom("t1", "t2", "t3"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("exec" as const), process }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom("exit" as const, "kill" as const), process }),
  },
);

const afterInit = fc.array(command, { maxLength: 40, size: "max" });

/** Up to 40 commands over two processes of up to four threads; most often the first process is initialised before them. */
export const commandSequences: fc.Arbitrary<readonly TwqCommand[]> = fc.oneof(
  { weight: 1, arbitrary: afterInit },
  { weight: 3, arbitrary: afterInit.map((commands) => [rightInit, ...commands]) },
);

function structureCall(op: number, passed: fc.Arbitrary<PassedStructure>): fc.Arbitrary<TwqCall> {
  return passed.chain((value) => {
    const { size } = structures[value.structure];
    return callOf(op, {
      arg2: mostly<TwqCall["arg2"]>(fc.constant(value), ...nowhere),
      arg3: intRegister(size, 0, size - 1, size + 8),
    });
  });
}

function plainCall(op: number, arg3: fc.Arbitrary<number>): fc.Arbitrary<TwqCall> {
  return callOf(op, {
    arg2: mostly<Register>(fc.constant(0), 1, 2n ** 32n, 2n ** 63n),
    arg3: fc
      .tuple(arg3, ignored)
      .map(([value, high]) => (high === 0n ? value : BigInt(value) + high)),
  });
}

function callOf(
  op: number,
  registers: {
    readonly arg2: fc.Arbitrary<TwqCall["arg2"]>;
    readonly arg3: fc.Arbitrary<Register>;
  },
): fc.Arbitrary<TwqCall> {
  return fc.record({
    kind: fc.constant("call" as const),
    process,
    thread,
    forked,
    op: intRegister(op),
    ...registers,
    arg4: intRegister(0, 1, -1),
  });
}

/** The value as it should be, and now and then with one of the deviations. */
function withDeviations<V extends object>(
  usual: V,
  deviations: readonly object[],
): fc.Arbitrary<V> {
  return mostly<V>(fc.constant(usual), ...deviations.map((one) => ({ ...usual, ...one })));
}
