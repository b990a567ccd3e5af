/**
 * The probe of the TWQ project: syscall 468, `twq_kernreturn(op, arg2, arg3, arg4)`, asked for an operation that the
 * scaffold knows and for one that it does not.
 *
 * A kernel without it answers SIGSYS or ENOSYS, as its family does. The scaffold kernel answers ENOTSUP for the operations
 * that it knows and EINVAL for all others. Under a kernel of another name nothing is expected, and the table shows what it
 * said.
 */
import { foreign, program, syscall, type Step } from "../../src/protocol/steps.js";
import { INIT, TWQ_KERNRETURN } from "./abi.js";

const UNKNOWN_OP = 9999;

const WITHOUT = ["SIGSYS", "ENOSYS"] as const;

/** @param scaffold the column of the scaffold's kernel */
export function twqSteps(scaffold: string): readonly Step[] {
  return [
    syscall({
      name: "twq_kernreturn(INIT)",
      nr: TWQ_KERNRETURN,
      args: [INIT, 0, 0, 0],
      fork: true,
      expect: { stock: WITHOUT, [scaffold]: "ENOTSUP" },
    }),
    syscall({
      name: "twq_kernreturn(9999)",
      nr: TWQ_KERNRETURN,
      args: [UNKNOWN_OP, 0, 0, 0],
      fork: true,
      expect: { stock: WITHOUT, [scaffold]: "EINVAL" },
    }),
  ];
}

/**
 * A probe of the user's own that asks for INIT and for an operation that there is not, and says what came of them in two lines of
 * JSON; on a kernel without the call it dies of the first.
 *
 * @param path of the program in the guest
 * @param column of the kernel that has the call
 * @param known what it answers for INIT
 */
export function foreignSteps(
  path: string,
  column: string,
  known: number | string,
): readonly Step[] {
  const line = (op: number) => ({ kind: "zig-probe", data: { syscall: TWQ_KERNRETURN, op } });
  return [
    program(path, [], { expect: { [column]: "exit 0" } }),
    foreign(line(INIT), { name: "own probe: INIT", expect: { [column]: known } }),
    foreign(line(UNKNOWN_OP), { name: "own probe: 9999", expect: { [column]: "EINVAL" } }),
  ];
}
