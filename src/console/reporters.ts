/**
 * Functions that stand on top of a backtrace without being what it is about: they report, trap, print, lock or wait. One list
 * a guest family, as patterns of whole names.
 */
export const linuxReporters = wholeNames([
  // Reporting and printing.
  "_*dump_stack(_lvl|_print_info)?|show_(stack|regs|trace)\\w*|_?printk|panic|vpanic|nmi_panic|panic_\\w+|__?warn\\w*|warn_slowpath\\w*",
  "report_bug|handle_bug|die(_addr|_body)?|__die\\w*|oops_\\w+|page_fault_oops|kernelmode_fixup_or_oops|no_context|refcount_warn_saturate",
  "print_\\w*(report|description|usage_bug|deadlock\\w*|circular\\w*)|print_\\w*unlock_imbalance\\w*|report_\\w*lock\\w*|__might_(sleep|resched|fault)|___might_sleep|__schedule_bug|check_preemption_disabled|debug_smp_processor_id",
  "dump_header|oom_kill_process|out_of_memory|warn_alloc|__alloc_pages\\w*|alloc_pages\\w*",
  // Sanitizers, and the functions that they instrument.
  "_*kasan_\\w+|_*asan_\\w+|check_memory_region\\w*|_*kmsan_\\w+|_*msan_\\w+|_*kcsan_\\w+|_*tsan_\\w+|_*ubsan_\\w+|val_to_string|kfence_\\w+|_*(mem(cpy|set|move|cmp)|str(n?cpy|n?cmp|n?len|lcpy|scpy))(_orig|_erms)?",
  // Traps and interrupts.
  "exc_\\w+|asm_\\w+|sysvec_\\w+|__sysvec_\\w+|do_(error_trap|trap|page_fault|user_addr_fault|kern_addr_fault|general_protection|invalid_op|int3)|_*bad_area\\w*|(async_)?page_fault|general_protection|invalid_op|error_entry|irq_exit\\w*|irq_work_\\w+|apic_timer_interrupt|end_repeat_nmi|(default_)?do_nmi|nmi_\\w+|unknown_nmi_error|__handle_irq\\w*|el1\\w+|el0\\w+|do_(mem_abort|translation_fault|sea)",
  // Stall and lockup detectors.
  "watchdog\\w*|check_hung_\\w+|sched_show_task|rcu_\\w*(stall|dump|sched_clock_irq)\\w*|print_(cpu|other_cpu)_stall|dump_cpu_task|update_process_times|tick_\\w+|_*hrtimer_\\w+|trigger_\\w+_backtrace|lockdep_\\w+|_*lock_(acquire|release)\\w*|validate_chain|check_(prev|prevs|noncircular|deadlock)\\w*|mark_lock\\w*|mark_usage|verify_lock_unused",
  // Locks and waiting.
  "_*schedule(_timeout\\w*|_preempt_disabled)?|__switch_to\\w*|context_switch|io_schedule\\w*|_*mutex_lock\\w*|_*rwsem_\\w+|_*down_(read|write)\\w*|down\\w*|_*rt_mutex_\\w+|_*wait_for_\\w+|do_wait_for_common|_*raw_\\w*lock\\w*|(native_|__pv_)?queued_spin_lock_slowpath|do_raw_spin_\\w+|native_queued_\\w+|cpu_relax|rep_nop|usleep_range\\w*|msleep\\w*|bit_wait\\w*|_*wait_on_\\w+|csd_lock_wait\\w*|smp_call_function\\w*",
]);

export const freebsdReporters = wholeNames([
  "v?panic|kassert_panic|kdb_\\w+|db_\\w+|stack_\\w+|witness_\\w+|_*trap\\w*|calltrap|alltraps|handle_el1h?_\\w+|do_el1h_sync|data_abort|do_trap_supervisor|cpu_exception_handler\\w*|fatal_trap|dblfault_handler|Xdblfault|Xpage\\w*|nmi_\\w+|Xnmi\\w*|vm_fault(_trap)?",
  "_*kasan_\\w+|_*asan_\\w+|_*kmsan_\\w+|_*msan_\\w+|_*kcsan_\\w+|_*tsan_\\w+|_*ubsan_\\w+|report_\\w+|unwind_\\w+",
  "_*mtx_\\w+|_*sx_\\w+|_*rw_\\w+|_*rm_\\w+|_*lockmgr\\w*|propagate_priority|turnstile_\\w+|sleepq_\\w+|mi_switch|sched_switch|kern_yield|uma_zalloc\\w*|malloc\\w*|_sleep|_cv_\\w+|lock_\\w+|mem(cpy|set|move|cmp)\\w*|bzero|bcopy|copy(in|out)\\w*",
]);

function wholeNames(patterns: readonly string[]): RegExp {
  return new RegExp(`^(?:${patterns.join("|")})$`);
}
