/** One line of a kernel's backtrace, as it was printed. */
export interface Frame {
  /** The function, without offset, module or the suffixes that compilers add (`.isra.0`, `.cold`): what titles use. */
  readonly function: string;
  /** The name as printed, where a suffix was taken off it: what a symbol table has. */
  readonly symbol?: string;
  /** Bytes from the function's start, where the line says so. */
  readonly offsetBytes?: number;
  /** Bytes of the whole function, where the line says so (Linux' `/0x34`): they tell static functions of one name apart. */
  readonly sizeBytes?: number;
  /** Where in memory, where the line says so: `0xffffffff80c6b9a1`. */
  readonly address?: string;
  /** The module that the function is in, if the line names one. */
  readonly module?: string;
  /** The module's build id in hexadecimal, where the line says so (Linux' CONFIG_STACKTRACE_BUILD_ID). */
  readonly buildId?: string;
  /** The place of the instruction itself (`RIP:`, `Stopped at`, the frame behind a trap), and no return address. */
  readonly isExact?: true;
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
 * | Linux, some without the size | ` twq_kernreturn+0x12/0x34 [twq]`, ` ? do_idle+0x1f/0x2a`, ` f+0x1/0x2 [twq 5f1c…]` |
 * | Linux, registers | `RIP: 0010:twq_kernreturn+0x12/0x34`, `RIP  [<ffffffff81234567>] f+0x12/0x34`, `pc : f+0x12/0x34` |
 * | Linux, a file of procfs | `[<0>] twq_kernreturn+0x12/0x34` |
 * | Linux before 4.x, riscv, mips, s390 | ` [<ffffffff81234567>] twq_kernreturn+0x12/0x34` |
 * | Linux on arm | `PC is at f+0x12/0x34`, `[<c0101234>] (f) from [<c0105678>] (g+0x12/0x34)`, ` f from g+0x12/0x34` |
 * | Linux on powerpc | `NIP [c000000000101234] f+0x12/0x34`, `[c00000000fe3b9c0] [c000000000101234] f+0x12/0x34` |
 * | Linux on s390 | `Krnl PSW : 0704c00180000000 000000000011f2a4 (f+0x12/0x34)` |
 * | Linux on mips and loongarch | `epc   : 80101234 f+0x12/0x34`, `   ERA: 9000000000222194 f+0x12/0x34` |
 *
 * @param previous the line before: what comes behind FreeBSD's `--- trap` and its kin is the instruction that trapped, and a link register counts only
 *   behind an instruction without a name
 * @example parseFrame(" ? do_idle+0x1f/0x2a")
 * // { function: "do_idle", offsetBytes: 31, sizeBytes: 42, reliable: false }
 */
export function parseFrame(line: string, previous = ""): Frame | undefined {
  if (!mayBeFrame.test(line)) return undefined;
  for (const { pattern, isExact, isLink } of shapes) {
    const groups = pattern.exec(line)?.groups;
    if (groups !== undefined && isLink === true && !jumpedNowhere.test(previous)) return undefined;
    if (groups !== undefined) return frameOf(groups, isExact === true || trapLine.test(previous));
  }
  return undefined;
}

/**
 * A name without what compilers put behind it: `.part.0`, `.isra.0.cold`, `.llvm.123`. A name in C has no dot of its own, and
 * powerpc's older ABI puts one in front.
 *
 * @example functionName("do_idle.isra.0.cold") // "do_idle"
 */
export function functionName(symbol: string): string {
  const end = symbol.indexOf(".", 1);
  const from = symbol.startsWith(".") ? 1 : 0;
  return symbol.slice(from, end < 0 ? symbol.length : end);
}

interface Shape {
  readonly pattern: RegExp;
  readonly isExact?: true;
  /** The link register: whoever called last, or something else by now. */
  readonly isLink?: true;
}

/** What every shape has, so that a console's other lines are told at once. */
const mayBeFrame = /\+0x|\) at | from /;

/** Behind these FreeBSD prints the function that was interrupted. A system call's frame comes from the user's program. */
const trapLine = /^--- (?:trap|interrupt|exception|nmi|abort)\b/;

/** An instruction's address without a name: only the link register says who jumped there. */
const jumpedNowhere = /^(?:(?:PC is at|pc :|epc\s{0,3}:|\s{0,3}ERA:|NIP \[)(?!.*\+0x))/;

const name = "(?<symbol>\\.?[A-Za-z_$][\\w.$]{0,511})";
const offset = "\\+0x(?<offset>[0-9a-f]{1,8})";
const place = `(?<guess>\\? )?${name}${offset}(?:/0x(?<size>[0-9a-f]{1,8}))?`;
/** Linux' `%px` between brackets; hashed pointers were printed as words for a while, and `/proc/PID/stack` has a 0 in place of them. */
const inBrackets =
  "\\[<(?:0x)?(?:(?<address>[0-9a-f]{8,16})|0|\\s{0,16}\\(?_{0,4}ptrval_{0,4}\\)?)>\\]";
const inModule = "(?: \\[(?<module>[\\w-]{1,64})(?: (?<buildId>[0-9a-f]{8,40}))?\\])?";
/** What decoders append, and arm64's word on where an entry comes from. */
const tail =
  "(?: \\([A-Z]{1,4}\\)|(?<unsure> \\(unreliable\\))| [\\w./-]{1,200}:\\d{1,7})?\\)?\\s*$";

/** What stands at the start of the shape, then the place. */
function shape(start: string, what: "exact" | "link" | "return" = "return", end = tail): Shape {
  const pattern = new RegExp(`^${start}${place}${inModule}${end}`);
  if (what === "return") return { pattern };
  return what === "exact" ? { pattern, isExact: true } : { pattern, isLink: true };
}

/** `[<c0101234>] (called) from [<c0105678>] (`, and since 6.0 ` called from `. */
function arm(called: string): string {
  return `(?:\\[<[^<>]{1,24}>\\] \\(|\\s)${called}(?: \\[[\\w-]{1,64}\\])?\\)? from (?:${inBrackets} \\()?`;
}

const shapes: readonly Shape[] = [
  // arm64 names its registers' place again as the first entry, with a mark of its own.
  shape("\\s{0,8}", "exact", " \\(P[A-Z]{0,3}\\)\\s*$"),
  shape("\\s{0,8}"),
  shape(`\\s{0,8}(?:<[A-Z]{3}>  )?${inBrackets} `),
  // What s390 only found on the stack.
  shape(`\\s{0,8}\\(${inBrackets} `, "return", "(?<unsure>\\))\\s*$"),
  shape("[RE]?IP: (?:[0-9a-f]{4}:)?", "exact", `(?: RSP: [0-9a-f]{1,16})?${tail}`),
  shape(
    `[RE]?IP:?\\s{1,4}(?:[0-9a-f]{4}:)?(?:\\[<[^<>]{1,24}>\\]\\s{1,4})?${inBrackets} `,
    "exact",
  ),
  shape("(?:EIP|PC) is at ", "exact", `(?: SS:ESP .{1,40})?${tail}`),
  shape("(?:LR is at|lr :|\\s{0,2}ra :) ?", "link"),
  shape("(?:pc|epc) ?: ?", "exact"),
  shape("(?:epc|\\s{0,3}ERA)\\s{0,3}: (?<address>[0-9a-f]{8,16}) ", "exact"),
  shape("\\s{0,3}ra\\s{0,4}: (?<address>[0-9a-f]{8,16}) ", "link"),
  shape("NIP \\[(?<address>[0-9a-f]{8,16})\\] ", "exact"),
  shape("LR \\[(?<address>[0-9a-f]{8,16})\\] ", "link"),
  shape("\\[[0-9a-f]{8,16}\\] \\[(?<address>[0-9a-f]{8,16})\\] "),
  shape("--- (?:interrupt|Exception): [0-9a-f]{1,4} at ", "exact"),
  shape("Krnl PSW : [0-9a-f]{16} (?<address>[0-9a-f]{16}) \\(", "exact"),
  // An entry of arm's is a call, and who was called is in the line before. Whom a trap called was at its instruction.
  shape(arm("__(?:dabt|pabt|und|irq|fiq)_svc"), "exact"),
  shape(arm("[\\w.$]{1,512}(?:\\+0x[0-9a-f/x]{1,20})?")),
  // FreeBSD
  {
    pattern: new RegExp(
      `^Stopped at\\s{1,8}(?:(?<address>0x[0-9a-f]{1,16}) = )?${name}(?:${offset})?:\\s`,
    ),
    isExact: true,
  },
  {
    pattern: new RegExp(
      `^ ?#\\d{1,3} (?:(?<address>0x[0-9a-f]{1,16}) (?:at|in) )?${name}${offset}\\s*$`,
    ),
  },
  {
    pattern: new RegExp(
      `^[\\w.$]{1,512}\\([^()]{0,80}\\) at (?:(?<address>0x[0-9a-f]{1,16}) = )?${name}(?:${offset})?(?:/frame 0x[0-9a-f]{1,16})?\\s*$`,
    ),
  },
];

function frameOf(groups: Record<string, string | undefined>, isExact: boolean): Frame {
  const { symbol, offset, size, address, module, buildId, guess, unsure } = groups;
  const plain = functionName(symbol!);
  return {
    function: plain,
    ...(plain === symbol ? {} : { symbol: symbol! }),
    ...(offset === undefined ? {} : { offsetBytes: Number.parseInt(offset, 16) }),
    ...(size === undefined ? {} : { sizeBytes: Number.parseInt(size, 16) }),
    ...(address === undefined
      ? {}
      : { address: address.startsWith("0x") ? address : `0x${address}` }),
    ...(module === undefined ? {} : { module }),
    ...(buildId === undefined ? {} : { buildId }),
    ...(isExact ? { isExact } : {}),
    // Whoever calls what never returns may be called last in a function: then the return address is the next one's first.
    reliable:
      guess === undefined && unsure === undefined && (isExact || !/^0+$/.test(offset ?? "")),
  };
}
