/** Functions that stand on a backtrace without being what it is about: they report, trap, check, lock or wait. */
export interface PassedOver {
  /** Why no report is about them. */
  readonly why: string;
  /** A pattern of whole names. */
  readonly names: string;
}

export const freebsdReporters = wholeNames([
  "v?panic|kassert_panic|kdb_\\w+|db_\\w+|stack_\\w+|witness_\\w+|_*trap\\w*|calltrap|alltraps|handle_el1h?_\\w+|do_el1h_sync|data_abort|do_trap_supervisor|cpu_exception_handler\\w*|fatal_trap|dblfault_handler|Xdblfault|Xpage\\w*|nmi_\\w+|Xnmi\\w*|vm_fault(_trap)?",
  "_*kasan_\\w+|_*asan_\\w+|_*kmsan_\\w+|_*msan_\\w+|_*kcsan_\\w+|_*tsan_\\w+|_*ubsan_\\w+|report_\\w+|unwind_\\w+",
  "_*mtx_\\w+|_*sx_\\w+|_*rw_\\w+|_*rm_\\w+|_*lockmgr\\w*|propagate_priority|turnstile_\\w+|sleepq_\\w+|mi_switch|sched_switch|kern_yield|uma_zalloc\\w*|malloc\\w*|_sleep|_cv_\\w+|lock_\\w+|mem(cpy|set|move|cmp)\\w*|bzero|bcopy|copy(in|out)\\w*",
]);

export function wholeNames(patterns: readonly string[]): RegExp {
  return new RegExp(`^(?:${patterns.join("|")})$`);
}
