/**
 * Random sequences of commands for `twq_kernreturn`, as plain data: fast-check shrinks an array of records well, and
 * `print-as-test.ts` can print what is left. Most of what is made is right, so that sequences get deep into the state; the
 * rest is wrong in one place.
 */
import fc from "fast-check";
import {
  DISPATCH_VERSION,
  INIT,
  OVERCOMMIT,
  qos,
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

/** What shrinking prefers comes first: overcommit, which needs no request before it. */
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

/** Which class is asked about matters most where few are above it and many are not. */
const qosClass = fc.oneof(
  { weight: 1, arbitrary: fc.constant(qos.maintenance) },
  { weight: 1, arbitrary: fc.constantFrom(...Object.values(qos)) },
);
const overcommitting = priorities(pick([1, OVERCOMMIT], [1, 0]));
const waiting = priorities(pick([4, 0], [1, OVERCOMMIT]));

function priorities(overcommit: fc.Arbitrary<number>): fc.Arbitrary<Register> {
  return mostly<Register>(
    fc.tuple(qosClass, overcommit).map(([bit, more]) => bit + more),
    ...[0, OVERCOMMIT, 0x0300, 0x2100, 0x0080, 0x4000, 0x0101],
    ...[0x0001_0000_0000n + 0x0100n, 2n ** 63n + 0x2000n, 2n ** 64n - 1n],
  );
}

const init = withDeviations({ version: SPI_VERSION }, [
  { version: 0 },
  { version: SPI_VERSION + 1 },
  { flags: 1 },
  { reserved: 0x8000_0000 },
  { requestedFeatures: 1 },
  { requestedFeatures: 1, dispatchFunc: 0x40_1000n },
  { requestedFeatures: 0x8000_0001, dispatchFunc: 1n },
  { requestedFeatures: 2, stackSize: 1n },
  { dispatchFunc: 5n },
  { stackSize: 4096n, guardSize: 2n ** 63n },
  { stackSize: 4095n },
  { guardSize: 1n },
]).map((value): PassedStructure => ({ structure: "initArgs", value }));

const rightInit: TwqCommand = {
  ...{ kind: "call", process: "a", thread: "main", forked: false, op: INIT },
  ...{ arg2: { structure: "initArgs", value: { version: SPI_VERSION } } },
  ...{ arg3: structures.initArgs.size, arg4: 0 },
};

const reqthreads = fc
  .tuple(
    withDeviations({ version: SPI_VERSION }, [{ version: 2 }, { flags: 1 }, { reserved: 1 }]),
    mostly<number>(pick([4, 1], [2, 2], [1, 33], [1, 64]), 0, 65, 2 ** 32 - 1),
    waiting,
  )
  .map(([value, reqcount, asked]): PassedStructure => ({
    structure: "reqthreadsArgs",
    value: { ...value, reqcount, priority: asked },
  }));

const shouldNarrow = fc
  .tuple(
    withDeviations({ version: SPI_VERSION }, [
      { version: 0 },
      { flags: 2 },
      { reserved0: 1 },
      { reserved1: 1 },
    ]),
    waiting,
  )
  .map(([value, asked]): PassedStructure => ({
    structure: "shouldNarrowArgs",
    value: { ...value, priority: asked },
  }));

const dispatch = withDeviations({ version: DISPATCH_VERSION, queueSerialnoOffs: 0x20n }, [
  { version: 1 },
  { flags: 1 },
  { queueLabelOffs: 2n ** 64n - 1n },
]).map((value): PassedStructure => ({ structure: "dispatchConfig", value }));

const call = fc.oneof(
  { weight: 5, arbitrary: structureCall(INIT, init) },
  { weight: 10, arbitrary: plainCall(THREAD_ENTER, overcommitting) },
  {
    weight: 4,
    arbitrary: plainCall(THREAD_RETURN, mostly<Register>(fc.constant(0), 1, 2n ** 32n)),
  },
  { weight: 4, arbitrary: structureCall(REQTHREADS, reqthreads) },
  { weight: 9, arbitrary: structureCall(SHOULD_NARROW, shouldNarrow) },
  { weight: 2, arbitrary: structureCall(SETUP_DISPATCH, dispatch) },
  { weight: 1, arbitrary: plainCall(THREAD_TRANSFER, waiting) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, 3, 0x10, 0x403, 9999, -1).chain((op) => plainCall(op, waiting)),
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

function plainCall(op: number, arg2: fc.Arbitrary<Register>): fc.Arbitrary<TwqCall> {
  return callOf(op, { arg2, arg3: intRegister(0, 1) });
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
