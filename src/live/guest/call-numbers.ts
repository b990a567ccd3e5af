import type { GuestFamily } from "../../base/family.js";

interface CallNumbers {
  readonly getpid: number;
  readonly clockSettime: number;
}

/** The system calls that are made of our own accord. Source: Linux, arch/x86/entry/syscalls/syscall_64.tbl; FreeBSD, sys/kern/syscalls.master. */
export const callNumbers: Readonly<Record<GuestFamily, CallNumbers>> = {
  linux: { getpid: 39, clockSettime: 227 },
  freebsd: { getpid: 20, clockSettime: 233 },
};
