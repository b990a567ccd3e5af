/** One line of a kernel's backtrace. */
export interface Frame {
  /** The function, without offset, module or the suffixes that compilers add (`.isra.0`, `.cold`). */
  readonly function: string;
  /** Bytes from the function's start, where the line says so. */
  readonly offsetBytes?: number;
  /** The module that the function is in, if the line names one. */
  readonly module?: string;
  /** `false` for what an unwinder only found lying on the stack (Linux' `? f+0x1/0x2`). */
  readonly reliable: boolean;
}

/** Names the function that an address of the kernel's is in, where that is known. Never throws. */
export type SymbolAt = (
  address: bigint,
) => { readonly name: string; readonly offsetBytes: number } | undefined;

/**
 * Reads a line of a backtrace, `undefined` when it is none. The line is without its printk prefix. Shapes:
 *
 * | who | line |
 * | --- | --- |
 * | FreeBSD, stack(9) | `#3 0xffffffff80c6b9a1 at vpanic+0x151` |
 * | FreeBSD, ddb | `panic() at panic+0x43/frame 0xfffffe0001190ba0` |
 * | FreeBSD, ddb as 13.1 prints it | `panic() at 0xffffffff8051cae3 = panic+0x43/frame 0xfffffe0001190ba0` |
 * | FreeBSD, KCSAN's unwinder | `#2 0xffffffff80c6b9a1 in foo+0x10` |
 * | FreeBSD, WITNESS | ` #0 witness_checkorder+0xc95` |
 * | FreeBSD, ddb's prompt | `Stopped at      twq_thread_enter+0x24: movl    (%rax),%eax` |
 * | Linux | ` twq_kernreturn+0x12/0x34 [twq]`, ` ? do_idle+0x1f/0x2a` |
 * | Linux, registers | `RIP: 0010:twq_kernreturn+0x12/0x34`, `pc : twq_kernreturn+0x12/0x34` |
 * | Linux before 4.x | ` [<ffffffff81234567>] twq_kernreturn+0x12/0x34` |
 *
 * @example parseFrame(" ? do_idle+0x1f/0x2a")
 * // { function: "do_idle", offsetBytes: 31, reliable: false }
 */
export function parseFrame(line: string): Frame | undefined {
  const groups = (freebsdFrame.exec(line) ?? linuxFrame.exec(line))?.groups;
  if (groups === undefined) return undefined;
  const { symbol, offset, module, guess } = groups;
  return {
    function: symbol!.replace(compilerSuffix, ""),
    ...(offset === undefined ? {} : { offsetBytes: Number.parseInt(offset, 16) }),
    ...(module === undefined ? {} : { module }),
    reliable: guess === undefined,
  };
}

const freebsdFrame =
  /^(?:Stopped at\s{1,8}(?:0x[0-9a-f]{1,16} = )?| ?#\d{1,3} (?:0x[0-9a-f]{1,16} (?:at|in) )?|[\w.$]{1,128}\([^()]{0,80}\) at (?:0x[0-9a-f]{1,16} = )?)(?<symbol>[A-Za-z_$][\w.$]{0,127})\+0x(?<offset>[0-9a-f]{1,8})(?:\/frame 0x[0-9a-f]{1,16}\s*$|:\s|\s*$)/;

const linuxFrame =
  /^(?:[RE]IP: [0-9a-f]{4}:|(?:pc|epc) ?: ?|\s{0,8}(?:\[<[0-9a-f]{8,16}>\] )?)(?<guess>\? )?(?<symbol>[A-Za-z_][\w.]{0,127})\+0x(?<offset>[0-9a-f]{1,8})\/0x[0-9a-f]{1,8}(?: \[(?<module>[\w-]{1,64})(?: [0-9a-f]{1,40})?\])?(?: \([A-Z]{1,4}\))?\s*$/;

const compilerSuffix = /(?:\.(?:isra|constprop|part|cold|llvm|lto_priv|\d{1,20}))(?:\.\d{1,20})*$/;

/**
 * The function that a report is about: the first one whose job is not to report, trap or lock. `undefined` when the
 * backtrace has none.
 *
 * @param skipped which functions of this guest family only report
 */
export function guiltyFunction(frames: readonly Frame[], skipped: RegExp): string | undefined {
  return frames.find((frame) => frame.reliable && !skipped.test(frame.function))?.function;
}
