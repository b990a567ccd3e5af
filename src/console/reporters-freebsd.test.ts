import { expect, test } from "vitest";
import { freebsdReporterRows, freebsdReporters } from "./reporters-freebsd.js";

test("says of every row why", () => {
  for (const { why } of freebsdReporterRows) expect(why.length).toBeGreaterThan(20);
});

test.each(
  "panic vpanic kdb_backtrace db_trace_self_wrapper witness_checkorder calltrap trap_pfault trap Xdblfault vm_fault_lookup __asan_load1_noabort kasan_memcpy __mtx_lock_sleep _sx_xlock_hard propagate_priority mi_switch sleepq_timedwait _sleep uma_zfree_arg malloc free m_copydata strlcpy copyout refcount_release ffs_lock amd64_syscall vput do_el1h_sync page_fault_handler".split(
    " ",
  ),
)("does not blame %s", (name) => expect(freebsdReporters.test(name)).toBe(true));

test.each(
  "soo_stat sctp_sosend trapezoid_init cache_lookup freebsd11_fstat ffs_write kern_fstat mtree panic_me locks_init pipe_write fork_exit tcp_input x".split(
    " ",
  ),
)("may blame %s", (name) => expect(freebsdReporters.test(name)).toBe(false));
