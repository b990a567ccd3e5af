/**
 * How a Linux kernel dies on processors other than x86. The texts are those of arch/{arm,arm64,riscv,powerpc,s390,mips,loongarch} in
 * mm/fault.c and kernel/traps.c, 4.19 to 6.18.
 */
import { fault } from "./report-rows.js";
import type { ReportRow } from "./marks.js";

export const linuxArchRows: readonly ReportRow[] = [
  fault(
    // All of them, mips and loongarch with the processor's number. The words are a table of die_kernel_fault()'s callers on arm64.
    "kernel-fault",
    "trap",
    /^(?:CPU \d{1,4} )?Unable to handle kernel (?<what>[A-Za-z][\w -]{2,60}?)(?= at | for | in | \[|,|\s*$)/,
    "Unable to handle kernel $what[ in $frame]",
  ),
  fault(
    "kernel-access",
    "trap",
    /^BUG: (?<what>Unable to handle (?:kernel (?:data access|instruction fetch)|unaligned access|unknown paging fault)|Kernel NULL pointer dereference)(?: on (?<access>read|write))?/,
    "BUG: $what[ on $access][ in $frame]",
  ),
  {
    // A program's own faults are told in the same words; a kernel's are followed by "Internal error".
    ...fault(
      "unhandled-fault",
      "trap",
      /^Unhandled (?:prefetch )?(?:fault|abort): (?<what>[A-Za-z][\w ().-]{2,60}?) \(0x[0-9a-f]{3,8}\) at /,
      "Unhandled fault: $what[ in $frame]",
    ),
    confirmedBy: ["oops"],
    isAlsoSaidOfPrograms: true,
  },
  fault(
    "stack-space",
    "trap",
    /^Insufficient stack space to handle exception!/,
    "kernel stack overflow[ in $frame]",
    { pick: "outermost-through-interrupts" },
  ),
  fault("serror", "trap", /^SError Interrupt on CPU\d{1,4}, code /, "SError[ in $frame]"),
  fault(
    "unhandled-exception",
    "trap",
    /^Unhandled (?:\d\d-bit )?(?<what>el\w{2,4} \w{2,8}) exception on CPU\d{1,4}, ESR /,
    "Unhandled $=what exception[ in $frame]",
  ),
  part("internal-error", /^Internal error: Oops: /, "Oops[ in $frame]"),
  part(
    "internal-error-named",
    /^Internal error: (?<what>[A-Za-z][^:[\]]{1,80}): [0-9a-f]{1,16} \[#\d/,
    "Internal error: $what[ in $frame]",
  ),
  part("internal-error-unnamed", /^Internal error: : /, "Internal error[ in $frame]"),
  part(
    "oops-powerpc",
    /^Oops: (?<what>[A-Z][\w ,'-]{2,60}?), sig: \d{1,2} \[#\d/,
    "Oops: $what[ in $frame]",
  ),
  part(
    "oops-s390",
    /^(?<what>[A-Za-z][\w -]{2,60}?): [0-9a-f]{4} ilc:\d \[#\d/,
    "$what[ in $frame]",
  ),
  part(
    "oops-numbered",
    /^(?<what>Oops(?: - [A-Za-z -]{2,40})?|Kernel (?:BUG|bug detected|unaligned access|ale access)|(?:Reserved|Break|Trap|Illegal) instruction in kernel code|Unhandled kernel unaligned access|do_cpu invoked from kernel context!) ?\[#\d{1,4}\]/,
    "$what[ in $frame]",
  ),
];

/** Where it follows from another first line it is a part of that report. */
function part(name: string, pattern: RegExp, title: string): ReportRow {
  return fault(name, "trap", pattern, title, { part: true });
}

/** What these kernels print of the processor and the task, in a line's first words. */
export const linuxArchBody: readonly string[] = [
  // arm and arm64
  "Mem abort info|Data abort info|pgd = |\\[[0-9a-f]{8,16}\\] |8<--- cut here|(?:PC|LR) is at|psr: |(?:ip|fp|sp|lr|pc) : |r\\d{1,2}\\s?: |Flags: |Control: |Process \\S|Stack: |Task stack|IRQ stack|Overflow stack|Register r|Exception stack|Function entered|Backtrace|[0-9a-f]{4}: |user pgtable|swapper pgtable|Dumping ftrace|KASAN: |ESR: |FAR: |CPU features|Memory Limit|pc-?lr|Pointer tag|Memory state",
  // riscv, mips and loongarch
  "epc|status: |gp : |[tas]\\d{1,2}\\s{0,2}: |\\$ {0,2}\\d{1,2}|(?:Hi|Lo|ra|pc) {1,4}[:0-9a-f]|Status|Cause|BadVA|PrId|CRMD|PRMD|EUEN|ECFG|ESTAT|BADV|Thread|Current \\S{1,20} pgtable",
  // powerpc and s390
  "NIP|LR |GPR\\d|CTR|MSR|REGS|CFAR|DAR|DSISR|IRQMASK|Instruction dump|[LB]E |Faulting instruction|Failing address|Fault in |AS:|Krnl|Last Breaking|\\(\\[<|---",
];
