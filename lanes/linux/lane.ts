/**
 * The lane that runs anywhere: a Linux kernel under QEMU, the agent as its init, and a handful of steps that show what a
 * probe can see: return values, errno by name, files of /proc, a signal in a forked child, a timed call.
 */
import { defineLane } from "../../src/lane/lane.js";
import { readFile, syscall, time } from "../../src/protocol/steps.js";
import { twqSteps } from "../twq/steps.js";

/** System call numbers of amd64 (Linux, arch/x86/entry/syscalls/syscall_64.tbl). */
const nr = { close: 3, getpid: 39, getppid: 110, kill: 62 };

const SIGSEGV = 11;

export const linuxLane = defineLane({
  guest: "linux",
  description: "a Linux kernel, booted directly, with the agent as its init",
  kernels: { stock: "auto" },
  machine: { cpus: 1, memory: "256M" },
  probe: [
    readFile("/proc/sys/kernel/osrelease", { name: "release", expect: /^\d+\.\d+/ }),
    readFile("/sys/devices/system/cpu/online", { name: "cpus", expect: /^0/ }),
    syscall({ name: "getpid()", nr: nr.getpid, expect: /^= \d+$/ }),
    syscall({ name: "close(-1)", nr: nr.close, args: [-1], expect: "EBADF" }),
    syscall({
      name: "kill(0, SIGSEGV)",
      nr: nr.kill,
      args: [0, SIGSEGV],
      fork: true,
      expect: "SIGSEGV",
    }),
    time({ name: "1000 × getppid()", nr: nr.getppid, count: 1000 }),
    ...twqSteps("TWQDEBUG"),
  ],
});
