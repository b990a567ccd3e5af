/**
 * The probe of the TWQ project: syscall 468, `twq_kernreturn(op, arg2, arg3, arg4)`, asked for an operation that the
 * scaffold knows and for one that it does not.
 *
 * A kernel without it answers SIGSYS or ENOSYS, as its family does. The scaffold kernel answers ENOTSUP for the operations
 * that it knows and EINVAL for all others. Under a kernel of another name nothing is expected, and the table shows what it
 * said.
 */
import { syscall, type Step } from "../../src/probe/steps.js";

const TWQ_KERNRETURN = 468;

const INIT = 0x001;
const UNKNOWN_OP = 9999;

export const twqSteps: readonly Step[] = [
  syscall({
    name: "twq_kernreturn(INIT)",
    nr: TWQ_KERNRETURN,
    args: [INIT, 0, 0, 0],
    fork: true,
    expect: { stock: ["SIGSYS", "ENOSYS"], TWQDEBUG: "ENOTSUP" },
  }),
  syscall({
    name: "twq_kernreturn(9999)",
    nr: TWQ_KERNRETURN,
    args: [UNKNOWN_OP, 0, 0, 0],
    fork: true,
    expect: { stock: ["SIGSYS", "ENOSYS"], TWQDEBUG: "EINVAL" },
  }),
];
