/** What a test does to a kernel with `twq_kernreturn`, as data: the model and a guest can both be told it. */
import type { InputOf } from "../../src/structs/c-type.js";
import {
  dispatchConfig,
  initArgs,
  reqthreadsArgs,
  shouldNarrowArgs,
  threadTransferArgs,
} from "./abi.js";

/** A process and a thread are there from their first command on, and again after they ended. */
export type TwqCommand = TwqCall | ExecCommand | ExitThreadCommand | EndCommand;

export interface TwqCall {
  readonly kind: "call";
  readonly process: string;
  /** `main` is the process's first thread. */
  readonly thread: string;
  /** Made by a child that was forked for this call and ends after it. */
  readonly forked: boolean;
  readonly op: number | bigint;
  readonly arg2: number | bigint | PassedStructure;
  readonly arg3: number | bigint;
  readonly arg4: number | bigint;
}

/** The process executes its program again. */
interface ExecCommand {
  readonly kind: "exec";
  readonly process: string;
}

/** The thread ends, in whatever state it is. Not for `main`, which ends with its process. */
interface ExitThreadCommand {
  readonly kind: "exit-thread";
  readonly process: string;
  readonly thread: string;
}

/** The process ends by itself, or by SIGKILL. */
interface EndCommand {
  readonly kind: "exit" | "kill";
  readonly process: string;
}

export const structures = {
  initArgs,
  reqthreadsArgs,
  shouldNarrowArgs,
  threadTransferArgs,
  dispatchConfig,
} as const;

type Structures = typeof structures;

/** A structure in the caller's memory, which the call is given the address of. */
export type PassedStructure = {
  readonly [Name in keyof Structures]: {
    readonly structure: Name;
    readonly value: InputOf<Structures[Name]>;
  };
}[keyof Structures];

/** The bytes that the address leads to. */
export function bytesOf({ structure, value }: PassedStructure): Uint8Array<ArrayBuffer> {
  return structures[structure].encode(value);
}
