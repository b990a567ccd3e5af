/**
 * What programs and the kernel agree on: system call 468, `twq_kernreturn(op, arg2, arg3, arg4)`, its operations and the
 * structures that they are passed. A structure goes by its address in `arg2` and its size in `arg3`; `arg4` is 0.
 *
 * @example
 * const reply = await guest.syscall(TWQ_KERNRETURN, INIT, initArgs({ version: SPI_VERSION }), initArgs.size, 0);
 */
import { u32, u64 } from "../../src/structs/scalars.js";
import { struct } from "../../src/structs/struct.js";

export const TWQ_KERNRETURN = 468;

/** Announces the process's work queue: `initArgs`. */
export const INIT = 0x001;
/** A thread joins the pool: `arg3` is its priority, `arg2` 0. */
export const THREAD_ENTER = 0x002;
/** A thread has no more work: `arg3` is the priority that it waits in, or 0 for the one that it has; `arg2` is 0. */
export const THREAD_RETURN = 0x004;
/** A thread changes its class: `threadTransferArgs`. */
export const THREAD_TRANSFER = 0x008;
/** Asks for threads: `reqthreadsArgs`. */
export const REQTHREADS = 0x020;
/** Asks whether a class has more than its share: `shouldNarrowArgs`. */
export const SHOULD_NARROW = 0x200;
/** Hands over where the user library keeps what the kernel looks at: `dispatchConfig`. */
export const SETUP_DISPATCH = 0x400;

/** The operations by name. */
export const operations = {
  INIT,
  THREAD_ENTER,
  THREAD_RETURN,
  THREAD_TRANSFER,
  REQTHREADS,
  SHOULD_NARROW,
  SETUP_DISPATCH,
} as const;

/** `version` of `initArgs`, and of every other structure but `dispatchConfig`. */
export const SPI_VERSION = 20170201;
/** The other `version` of every structure but `initArgs` and `dispatchConfig`. */
export const ARGS_VERSION = 1;
/** `version` of `dispatchConfig`. */
export const DISPATCH_VERSION = 2;

/** In `requestedFeatures`: new threads start at `dispatchFunc`. */
export const FEATURE_DISPATCHFUNC = 0x01;
/** In `requestedFeatures`: there is a class for maintenance. */
export const FEATURE_MAINTENANCE = 0x10;
/** All that a kernel with state grants. */
export const FEATURES = 0x11;

/**
 * Classes of quality of service in a priority, one bit each, and their buckets: 0 to 5 in this order. A priority without a
 * class is of the default one. Its low eight bits are a priority within the class, which the kernel does not look at.
 */
export const qos = {
  maintenance: 0x0100,
  background: 0x0200,
  utility: 0x0400,
  default: 0x0800,
  userInitiated: 0x1000,
  userInteractive: 0x2000,
} as const;

/** The same classes by number instead of by bit. */
export const qosClass = {
  maintenance: 0x0500,
  background: 0x0900,
  utility: 0x1100,
  default: 0x1500,
  userInitiated: 0x1900,
  userInteractive: 0x2100,
} as const;

/** Beside a class in a priority: what is asked goes by twice the processors. */
export const OVERCOMMIT = 0x8000_0000;

/** `struct twq_init_args` */
export const initArgs = struct({
  version: u32,
  flags: u32,
  requestedFeatures: u32,
  reserved: u32,
  dispatchFunc: u64,
  stackSize: u64,
  guardSize: u64,
});

/** `struct twq_reqthreads_args` */
export const reqthreadsArgs = struct({
  version: u32,
  flags: u32,
  reqcount: u32,
  reserved: u32,
  priority: u64,
});

/** `struct twq_should_narrow_args` */
export const shouldNarrowArgs = struct({
  version: u32,
  flags: u32,
  reserved0: u32,
  reserved1: u32,
  priority: u64,
});

/** `struct twq_thread_transfer_args` */
export const threadTransferArgs = struct({
  version: u32,
  flags: u32,
  fromReqcount: u32,
  reserved: u32,
  fromPriority: u64,
  toPriority: u64,
});

/** `struct twq_dispatch_config` */
export const dispatchConfig = struct({
  version: u32,
  flags: u32,
  queueSerialnoOffs: u64,
  queueLabelOffs: u64,
});
