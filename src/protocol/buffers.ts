import { limits } from "./limits.js";
import { checkInteger, checkRegister, stepError } from "./step-check.js";
import type {
  Argument,
  BufferAddress,
  Call,
  GuestBuffer,
  PointerInBuffer,
  ResultReference,
} from "./step.js";

/** Bytes as they are, or as hexadecimal digits with optional spaces. */
export type BytesInput = Uint8Array | string;

export interface BufferOptions {
  /** The length in the guest when it is more than the bytes given; the rest is zero. */
  readonly lengthBytes?: number;
  readonly pointers?: readonly PointerInBuffer[];
}

/**
 * A buffer that the kernel reads.
 *
 * @throws LaneError `step-bytes-invalid`, `step-buffer-too-large`
 * @example inBytes("01 00 00 00", { lengthBytes: 40 })
 */
export function inBytes(bytes: BytesInput, options: BufferOptions = {}): GuestBuffer {
  return buffer("in", "inBytes", bytes, options);
}

/** A zeroed buffer that the kernel writes and that comes back. */
export function outBytes(lengthBytes: number): GuestBuffer {
  return buffer("out", "outBytes", new Uint8Array(0), { lengthBytes });
}

/** A buffer that the kernel reads and writes, and that comes back. */
export function inOutBytes(bytes: BytesInput, options: BufferOptions = {}): GuestBuffer {
  return buffer("inout", "inOutBytes", bytes, options);
}

/**
 * The address of a buffer, `offsetBytes` into it.
 *
 * @example syscall({ nr: 20, args: [1, addressOf(text, 4), 3] })
 */
export function addressOf(of: GuestBuffer, offsetBytes = 0): BufferAddress {
  checkInteger(offsetBytes, 0, of.lengthBytes, "addressOf");
  return { kind: "address", of, offsetBytes };
}

/**
 * Places the address of one buffer in another: what an iovec or a msghdr needs.
 *
 * @example inBytes("", { lengthBytes: 16, pointers: [pointerAt(0, text)] })
 */
export function pointerAt(
  offsetBytes: number,
  to: GuestBuffer,
  toOffsetBytes = 0,
): PointerInBuffer {
  checkInteger(toOffsetBytes, 0, to.lengthBytes, "pointerAt");
  return { offsetBytes, to, toOffsetBytes };
}

/** What an earlier syscall step of the same process or thread returned. @example args: [resultOf("open"), 0, 0] */
export function resultOf(stepName: string): ResultReference {
  return { kind: "result", of: stepName };
}

/** Checks a call's number, arguments and buffers. @throws LaneError as the parts do, `step-too-many-arguments`, `step-bytes-invalid` */
export function checkCall(nr: number, args: readonly Argument[], where: string): Call {
  checkInteger(nr, 0, 0x7fff_ffff, `${where}: syscall number`);
  if (args.length > limits.argsPerCall) {
    throw stepError("step-too-many-arguments", where, `${args.length} arguments`, [
      `at most ${limits.argsPerCall}`,
      "a system call has six registers; pass a buffer for more",
    ]);
  }
  args.forEach((argument, index) => checkArgument(argument, `${where}: argument ${index + 1}`));
  checkBufferSpace(buffersOf(args), where);
  return { nr, args };
}

const KINDS: ReadonlySet<unknown> = new Set(["buffer", "address", "result"] satisfies Exclude<
  Argument,
  number | bigint
>["kind"][]);

/** A config is not always compiled, so what it passes may be of any type. */
function checkArgument(argument: Argument, where: string): void {
  if (typeof argument === "number" || typeof argument === "bigint") {
    checkRegister(argument, where);
    return;
  }
  const given: unknown = argument;
  const kind = typeof given === "object" && given !== null && "kind" in given && given.kind;
  if (KINDS.has(kind)) return;
  throw stepError("step-bytes-invalid", where, describe(given), [
    "a number, a bigint or a buffer",
    "bytes go in a buffer: inBytes(bytes), outBytes(length), inOutBytes(bytes)",
  ]);
}

function describe(given: unknown): string {
  return typeof given === "object" && given !== null
    ? `an object (${given.constructor.name})`
    : `${typeof given} ${String(given)}`;
}

/** Every buffer that a call needs, each once, in the order of first use; pointed-to buffers follow those that point. */
export function buffersOf(args: readonly Argument[]): readonly GuestBuffer[] {
  const found = new Set<GuestBuffer>();
  const add = (one: GuestBuffer): void => {
    if (found.has(one)) return;
    found.add(one);
    one.pointers.forEach((pointer) => add(pointer.to));
  };
  for (const argument of args) {
    if (typeof argument !== "object") continue;
    if (argument.kind === "buffer") add(argument);
    if (argument.kind === "address") add(argument.of);
  }
  return [...found];
}

function checkBufferSpace(buffers: readonly GuestBuffer[], where: string): void {
  const total = buffers.reduce((sum, one) => sum + Math.ceil(one.lengthBytes / 16) * 16, 0);
  const pointers = buffers.reduce((sum, one) => sum + one.pointers.length, 0);
  const found = `${buffers.length} buffers of ${total} bytes with ${pointers} pointers`;
  if (
    buffers.length <= limits.buffersPerCall &&
    total <= limits.bufferBytes &&
    pointers <= limits.pointersPerCall
  ) {
    return;
  }
  throw stepError("step-buffer-too-large", where, found, [
    `at most ${limits.buffersPerCall} buffers of ${limits.bufferBytes} bytes with ${limits.pointersPerCall} pointers in one call`,
  ]);
}

function buffer(
  direction: GuestBuffer["direction"],
  where: string,
  input: BytesInput,
  { lengthBytes, pointers = [] }: BufferOptions,
): GuestBuffer {
  const bytes = bytesOf(input, where);
  const length = lengthBytes ?? bytes.length;
  if (
    !Number.isInteger(length) ||
    length < Math.max(1, bytes.length) ||
    length > limits.bufferBytes
  ) {
    throw stepError(
      "step-buffer-too-large",
      where,
      `a length of ${length} for ${bytes.length} bytes`,
      [`a length from ${Math.max(1, bytes.length)} to ${limits.bufferBytes}`],
    );
  }
  for (const { offsetBytes } of pointers) {
    checkInteger(offsetBytes, 0, length - 8, `${where}: offset of a pointer in ${length} bytes`);
  }
  return { kind: "buffer", direction, lengthBytes: length, bytes, pointers };
}

/** @throws LaneError `step-bytes-invalid` */
function bytesOf(input: BytesInput, where: string): Uint8Array {
  if (typeof input !== "string") return Uint8Array.from(input);
  const digits = input.replace(/\s+/g, "");
  if (/^([0-9a-fA-F]{2})*$/.test(digits)) return Uint8Array.from(Buffer.from(digits, "hex"));
  throw stepError("step-bytes-invalid", where, JSON.stringify(input.slice(0, 40)), [
    "pairs of hexadecimal digits",
    "for text write new TextEncoder().encode(text)",
  ]);
}
